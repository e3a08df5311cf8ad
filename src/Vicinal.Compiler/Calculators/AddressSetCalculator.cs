using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

internal readonly record struct MemberKey(Guid GroupId, Guid PortId);

/// <summary>
/// What each port contributes to the address sets of its security groups. Every group has its set, referred to or not: the
/// first rule that refers to a group of thousands then costs one row, and a set that no rule refers to is sent to nobody.
/// </summary>
internal sealed class AddressSetCalculator : Calculator<MemberKey>
{
    /// <summary>
    /// Allowed address pairs wider than these stay out of address sets. A pair of 0.0.0.0/0, which is legitimate for a port that
    /// routes, would otherwise open every filter that admits the port's group to the whole world.
    /// </summary>
    public const int WidestIpv4 = 24;
    public const int WidestIpv6 = 64;

    public override RowKind Kind => RowKind.AddressSetMember;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<MemberKey> keys)
    {
        if (change.Alters(static p => (p.FixedIps, p.AllowedAddressPairs, p.SecurityGroups), out Port? oldPort, out Port? newPort))
        {
            AddMemberships(oldPort, keys);
            AddMemberships(newPort, keys);
        }
    }

    public override Row? Compute(MemberKey key, Topology topology)
    {
        if (!topology.Ports.TryGetValue(key.PortId, out Port? port) || !port.SecurityGroups.Span.Contains(key.GroupId))
        {
            return null;
        }

        IEnumerable<IpPrefix> pairs = port.AllowedAddressPairs
            .Select(static p => p.Prefix)
            .Where(static p => p.Length >= (p.IsIpv4 ? WidestIpv4 : WidestIpv6));
        ValueList<IpPrefix> prefixes = port.FixedIps
            .Select(static f => IpPrefix.Host(f.Address))
            .Concat(pairs)
            .Distinct()
            .ToValueList();
        return prefixes.IsEmpty ? null : new AddressSetMemberRow(key.GroupId, key.PortId, prefixes);
    }

    private static void AddMemberships(Port? port, ISet<MemberKey> keys)
    {
        foreach (Guid group in port?.SecurityGroups ?? default)
        {
            keys.Add(new MemberKey(group, port!.Id));
        }
    }
}
