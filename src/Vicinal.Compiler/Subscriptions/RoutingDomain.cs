using Vicinal.Forwarding;

namespace Vicinal.Compiler.Subscriptions;

/// <summary>A network or a router as a vertex of the graph that router interfaces draw.</summary>
internal sealed class DomainMember(UnitId unit, RoutingDomain domain)
{
    public UnitId Unit { get; } = unit;

    public RoutingDomain Domain { get; set; } = domain;

    /// <summary>By the number of router interfaces between the two.</summary>
    public Counts<DomainMember> Neighbors { get; } = new();

    /// <summary>Hosts that need the domain because of this member: a network's ports, a router's gateways and floating IPs.</summary>
    public Counts<string> Hosts { get; } = new();

    /// <summary>The network of a router's gateway. It is needed with the router, and joins nothing.</summary>
    public Counts<UnitId> External { get; } = new();

    public bool IsIdle => Neighbors.Distinct == 0 && Hosts.Distinct == 0 && External.Distinct == 0;
}

/// <summary>
/// Networks and routers that packets pass between without leaving the source node: a connected component. It has no identity of
/// its own and nothing is numbered by it; it only decides which units its hosts subscribe to.
/// </summary>
internal sealed class RoutingDomain
{
    public HashSet<DomainMember> Members { get; } = [];

    /// <summary>The sum of the members' hosts.</summary>
    public Counts<string> Hosts { get; } = new();

    /// <summary>The members' own units and the external networks of its routers.</summary>
    public Counts<UnitId> Units { get; } = new();

    public void Take(DomainMember member)
    {
        member.Domain = this;
        Members.Add(member);
        Count(member, 1);
    }

    public void Release(DomainMember member)
    {
        Members.Remove(member);
        Count(member, -1);
    }

    private void Count(DomainMember member, int sign)
    {
        Units.Add(member.Unit, sign);
        Units.AddAll(member.External, sign);
        Hosts.AddAll(member.Hosts, sign);
    }
}
