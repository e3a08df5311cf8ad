using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

/// <summary>Ports that are bound to a host become that host's local ports, by the port's id, on networks of every type.</summary>
internal sealed class LocalPortCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.LocalPort;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns(out Port? oldPort, out Port? newPort) && (IsLocal(oldPort) || IsLocal(newPort)))
        {
            keys.Add(change.Id);
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Ports.TryGetValue(key, out Port? port) || !IsLocal(port))
        {
            return null;
        }

        return new LocalPortRow(
            port.Id,
            port.NetworkId,
            port.BindingHostId,
            port.PortKey,
            port.MacAddress,
            port.FixedIps.Select(static f => f.Address).ToValueList(),
            port.AllowedAddressPairs.Select(static p => new AllowedPair(p.Mac, p.Prefix)).ToValueList(),
            port.PortSecurityEnabled,
            port.AdminStateUp,
            port.SecurityGroups);
    }

    public static bool IsLocal(Port? port) => EndpointCalculator.IsInstancePort(port) && port!.BindingHostId.Length > 0;
}
