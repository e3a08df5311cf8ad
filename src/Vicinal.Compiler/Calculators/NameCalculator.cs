using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

/// <summary>Ports with a dns_name have a name in their network, by the port's id.</summary>
internal sealed class NameCalculator(string cloudDomain) : Calculator<Guid>
{
    public override RowKind Kind => RowKind.Name;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns(out Port? oldPort, out Port? newPort) && (HasName(oldPort) || HasName(newPort)))
        {
            keys.Add(change.Id);
        }
        else if (change.Alters(static n => n.DnsDomain, out Network? _, out Network? _))
        {
            // A port that lost or got its name in between is a change of its own.
            keys.UnionWith(after.PortsByNetwork[change.Id].Where(id => HasName(after.Ports[id])));
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Ports.TryGetValue(key, out Port? port) || !HasName(port))
        {
            return null;
        }

        string name = PortNames.FullNameOf(port.DnsName, PortNames.DomainOf(topology, port, cloudDomain));
        return new NameRow(port.Id, port.NetworkId, name.TrimEnd('.').ToLowerInvariant(), port.FixedIps.Select(static f => f.Address).ToValueList());
    }

    private static bool HasName(Port? port) => port is { DnsName.Length: > 0, FixedIps.IsEmpty: false };
}
