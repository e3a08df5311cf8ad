using Vicinal.Packets;

namespace Vicinal.Model.Resources;

/// <summary>
/// How gateway nodes are watched and replaced, the same for the whole cloud. There is one, of the id <see cref="Guid.Empty"/>: the
/// operator's part of it comes from the server's options, and the server itself chooses the witnesses.
/// </summary>
public sealed record GatewayPolicy : Resource
{
    /// <summary>The hosts of which a majority confirms who serves a gateway.</summary>
    public ValueList<string> Witnesses { get; init; }

    /// <summary>
    /// The witnesses before the last change, until a majority of these and of the present ones knows of it: before that there is no other change.
    /// </summary>
    public ValueList<string> FormerWitnesses { get; init; }

    /// <summary>Rises with each change of the witnesses, so that nodes can tell a newer set from an older.</summary>
    public uint Version { get; init; }

    /// <summary>Between two packets of BFD among a router's gateway nodes, and between two renewals of a lease.</summary>
    public int IntervalMilliseconds { get; init; } = 10;

    /// <summary>So many packets may be missing.</summary>
    public int Multiplier { get; init; } = 3;

    /// <summary>For how long a gateway node that has standbys serves without being confirmed.</summary>
    public int LeaseMilliseconds { get; init; } = 40;

    /// <summary>For how long a node of higher priority is well before it takes a router back.</summary>
    public int HoldSeconds { get; init; } = 10;

    /// <summary>It takes routers back at all.</summary>
    public bool Preempt { get; init; } = true;

    /// <summary>Routers of an agent that is dead are scheduled anew (Neutron's allow_automatic_l3agent_failover).</summary>
    public bool AutomaticFailover { get; init; }
}
