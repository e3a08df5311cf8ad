using Vicinal.Forwarding;

namespace Vicinal.Compiler.Subscriptions;

/// <summary>
/// Keeps routing domains in step with router interfaces, hosts and gateways, and keeps a reference for each host and unit of
/// each domain. A host that a domain already has costs one step; joining and cutting domains cost what changes for the hosts,
/// and a search of the smaller part.
/// </summary>
internal sealed class RoutingDomains(SubscriptionReferences references)
{
    private readonly Dictionary<UnitId, DomainMember> _members = [];

    /// <summary>A host gains (+1) or loses (-1) a reason to hold the domain of the network or router.</summary>
    public void CountHost(UnitId unit, string host, int by)
    {
        DomainMember member = Member(unit);
        member.Hosts.Add(host, by);
        if (member.Domain.Hosts.Add(host, by))
        {
            foreach (UnitId needed in member.Domain.Units.Items)
            {
                references.Add(host, needed, by);
            }
        }

        ForgetIfIdle(member);
    }

    /// <summary>A router gains (+1) or loses (-1) its side on an external network.</summary>
    public void CountExternal(UnitId router, UnitId external, int by)
    {
        DomainMember member = Member(router);
        member.External.Add(external, by);
        if (member.Domain.Units.Add(external, by))
        {
            foreach (string host in member.Domain.Hosts.Items)
            {
                references.Add(host, external, by);
            }
        }

        ForgetIfIdle(member);
    }

    public void Connect(UnitId router, UnitId network)
    {
        DomainMember a = Member(router);
        DomainMember b = Member(network);
        a.Neighbors.Add(b, 1);
        b.Neighbors.Add(a, 1);
        if (a.Domain != b.Domain)
        {
            bool aIsSmaller = a.Domain.Members.Count < b.Domain.Members.Count;
            Join(aIsSmaller ? b.Domain : a.Domain, aIsSmaller ? a.Domain : b.Domain);
        }
    }

    public void Disconnect(UnitId router, UnitId network)
    {
        DomainMember a = Member(router);
        DomainMember b = Member(network);
        b.Neighbors.Add(a, -1);
        if (a.Neighbors.Add(b, -1) && DomainSearch.PartCutOff(a, b) is { } part)
        {
            Cut(a.Domain, part);
        }

        ForgetIfIdle(a);
        ForgetIfIdle(b);
    }

    private void Join(RoutingDomain larger, RoutingDomain smaller)
    {
        CountDifference(larger, smaller, 1);
        foreach (DomainMember member in smaller.Members)
        {
            larger.Take(member);
        }
    }

    private void Cut(RoutingDomain domain, IReadOnlyCollection<DomainMember> part)
    {
        RoutingDomain split = new();
        foreach (DomainMember member in part)
        {
            domain.Release(member);
            split.Take(member);
        }

        CountDifference(domain, split, -1);
    }

    /// <summary>
    /// What two domains need as one beyond what they need as two: hosts of either alone need the other's units too, and hosts of
    /// both, which refer to a shared external network twice, need it once.
    /// </summary>
    private void CountDifference(RoutingDomain a, RoutingDomain b, int sign)
    {
        CountForHostsOfOne(a, b, sign);
        CountForHostsOfOne(b, a, sign);
        foreach (UnitId shared in b.Units.Items)
        {
            if (a.Units.Has(shared))
            {
                foreach (string host in b.Hosts.Items)
                {
                    if (a.Hosts.Has(host))
                    {
                        references.Add(host, shared, -sign);
                    }
                }
            }
        }
    }

    private void CountForHostsOfOne(RoutingDomain one, RoutingDomain other, int sign)
    {
        foreach (string host in one.Hosts.Items)
        {
            if (!other.Hosts.Has(host))
            {
                foreach (UnitId unit in other.Units.Items)
                {
                    if (!one.Units.Has(unit))
                    {
                        references.Add(host, unit, sign);
                    }
                }
            }
        }
    }

    private DomainMember Member(UnitId unit)
    {
        if (!_members.TryGetValue(unit, out DomainMember? member))
        {
            RoutingDomain alone = new();
            member = new DomainMember(unit, alone);
            alone.Take(member);
            _members.Add(unit, member);
        }

        return member;
    }

    /// <summary>A member that nothing refers to is alone in its domain, which has no hosts: both go without a step.</summary>
    private void ForgetIfIdle(DomainMember member)
    {
        if (member.IsIdle)
        {
            _members.Remove(member.Unit);
        }
    }
}
