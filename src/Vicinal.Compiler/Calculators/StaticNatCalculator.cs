using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Compiler.Calculators;

/// <summary>Associated floating IPs become 1:1 translations, by the floating IP's id, each with the one node that owns its address.</summary>
internal sealed class StaticNatCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.StaticNat;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns<FloatingIp>(out _, out _))
        {
            keys.Add(change.Id);
        }
        else if (change.Alters(static p => (p.BindingHostId, p.MacAddress), out Port? oldPort, out Port? newPort))
        {
            keys.UnionWith(before.FloatingIpsByPort[change.Id]);
            keys.UnionWith(after.FloatingIpsByPort[change.Id]);
            AddFloatingIpHeldBy(oldPort, keys);
            AddFloatingIpHeldBy(newPort, keys);
        }
        else if (change.Alters(static r => (r.Distributed, r.AdminStateUp), out Router? _, out Router? _))
        {
            keys.UnionWith(before.FloatingIpsByRouter[change.Id]);
            keys.UnionWith(after.FloatingIpsByRouter[change.Id]);
        }
        else if (change.Alters(static n => (n.AdminStateUp, n.PhysicalNetwork), out Network? _, out Network? _))
        {
            keys.UnionWith(before.FloatingIpsByNetwork[change.Id]);
            keys.UnionWith(after.FloatingIpsByNetwork[change.Id]);
        }
        else if (change.Alters(static a => (a.Host, a.Mode, a.BridgeMappings), out Agent? oldAgent, out Agent? newAgent))
        {
            AddFloatingIpsOn(oldAgent?.Host, before, keys);
            AddFloatingIpsOn(newAgent?.Host, after, keys);
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.FloatingIps.TryGetValue(key, out FloatingIp? floatingIp)
            || floatingIp is not { PortId: { } portId, FixedIpAddress: { } fixedAddress, RouterId: { } routerId }
            || !topology.Ports.TryGetValue(floatingIp.FloatingPortId, out Port? holder)
            || !topology.Ports.TryGetValue(portId, out Port? port)
            || !topology.Routers.TryGetValue(routerId, out Router? router)
            || !topology.Networks.TryGetValue(floatingIp.FloatingNetworkId, out Network? external))
        {
            return null;
        }

        // Nobody answers for a router or an external network that is administratively down.
        bool isUp = router.AdminStateUp && external.AdminStateUp;
        string? owner = FloatingIpOwner.HostOf(topology, port, router, external);
        return new StaticNatRow(
            router.Id,
            floatingIp.Id,
            external.Id,
            floatingIp.FloatingIpAddress,
            holder.MacAddress,
            fixedAddress,
            port.Id,
            port.NetworkId,
            isUp ? owner : null,
            AtGateway: isUp && owner is null);
    }

    private static void AddFloatingIpHeldBy(Port? port, ISet<Guid> keys)
    {
        if (port?.DeviceOwner == DeviceOwner.FloatingIp && Guid.TryParse(port.DeviceId, out Guid floatingIp))
        {
            keys.Add(floatingIp);
        }
    }

    private static void AddFloatingIpsOn(string? host, Topology topology, ISet<Guid> keys)
    {
        foreach (Guid port in host is null ? [] : topology.PortsByHost[host])
        {
            keys.UnionWith(topology.FloatingIpsByPort[port]);
        }
    }
}
