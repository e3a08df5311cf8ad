using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

/// <summary>Whose a bound port is and what it is told beyond its subnets, by the port's id.</summary>
internal sealed class InstanceCalculator(string cloudDomain) : Calculator<Guid>
{
    public override RowKind Kind => RowKind.Instance;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns(out Port? oldPort, out Port? newPort) && (LocalPortCalculator.IsLocal(oldPort) || LocalPortCalculator.IsLocal(newPort)))
        {
            keys.Add(change.Id);
        }
        else if (change.Alters(static n => n.DnsDomain, out Network? _, out Network? _))
        {
            // A port that was unbound or bound in between is a change of its own.
            keys.UnionWith(after.PortsByNetwork[change.Id].Where(id => LocalPortCalculator.IsLocal(after.Ports[id])));
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Ports.TryGetValue(key, out Port? port) || !LocalPortCalculator.IsLocal(port))
        {
            return null;
        }

        return new InstanceRow(
            port.Id,
            port.DeviceId,
            port.ProjectId,
            PortNames.HostNameOf(port),
            PortNames.DomainOf(topology, port, cloudDomain).TrimEnd('.'),
            port.FixedIps.Select(static f => new SubnetAddress(f.SubnetId, f.Address)).ToValueList(),
            port.ExtraDhcpOptions.Select(Encode).ToValueList());
    }

    private static DhcpOptionValue Encode(ExtraDhcpOption option)
    {
        (ushort code, ValueList<byte> value) = ExtraDhcpOptions.Encode(option);
        return new DhcpOptionValue(option.IpVersion == 6, code, value);
    }
}
