using Vicinal.Model.Resources;

namespace Vicinal.Model.Tests.Clouds;

/// <content>Floating IPs.</content>
public sealed partial class RandomEdits
{
    private void AddFloatingIp()
    {
        if (Topology.FloatingIps.Count < 15 && Pick(Topology.Networks.Values.Where(static n => n.External)) is { } external
            && Pick(SubnetsOf(external).Where(static s => s.Cidr.IsIpv4)) is { } subnet)
        {
            Cloud.AddFloatingIp(external, subnet);
        }
    }

    /// <summary>Associates, moves or disassociates. Any port with an address will do: the compiler trusts the rules for the rest.</summary>
    private void MoveFloatingIp()
    {
        if (Pick(Topology.FloatingIps.Values) is not { } floatingIp)
        {
            return;
        }

        Router? router = Pick(Topology.RoutersByExternalNetwork[floatingIp.FloatingNetworkId].Select(id => Topology.Routers[id]));
        Port? port = Pick(InstancePorts().Where(static p => !p.FixedIps.IsEmpty));
        bool associate = router is not null && port is not null && Chance(80);
        Cloud.Put(floatingIp with
        {
            RouterId = associate ? router!.Id : null,
            PortId = associate ? port!.Id : null,
            FixedIpAddress = associate ? port!.FixedIps[0].Address : null,
        });
    }

    private void RemoveFloatingIp()
    {
        if (Pick(Topology.FloatingIps.Values) is { } floatingIp)
        {
            Cloud.RemoveFloatingIp(floatingIp);
        }
    }

    private void Disassociate(IEnumerable<Guid> floatingIps)
    {
        foreach (Guid id in floatingIps)
        {
            Cloud.Put(Topology.FloatingIps[id] with { PortId = null, FixedIpAddress = null, RouterId = null });
        }
    }
}
