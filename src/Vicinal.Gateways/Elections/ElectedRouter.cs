using Vicinal.Forwarding;
using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Elections;

/// <summary>A router as the election knows it: what the rows say, who serves it, and what this node does about it.</summary>
internal sealed class ElectedRouter(Guid id)
{
    public const long Idle = long.MaxValue;

    public Guid Id { get; } = id;

    /// <summary>A row says that it exists. Claims may come before.</summary>
    public bool IsKnown { get; set; }

    /// <summary>By falling priority.</summary>
    public int[] Nodes { get; set; } = [];

    /// <summary>This node's place among them, or -1.</summary>
    public int Place { get; set; } = -1;

    public GatewayLease Lease { get; set; }

    public uint Schedule { get; set; }

    public Guid? Network { get; set; }

    /// <summary>Who serves it, as far as this node knows, or -1; this node itself too.</summary>
    public int Active { get; set; } = -1;

    public Epoch ActiveEpoch { get; set; }

    /// <summary>The newest epoch that anybody is known to have asked for.</summary>
    public Epoch Newest { get; set; }

    public GatewayRole Role { get; set; }

    /// <summary>It is served here for ever: under a row without a lease, or without elections.</summary>
    public bool ServesByRow { get; set; }

    /// <summary>The caller knows who serves it.</summary>
    public bool WasTold { get; set; }

    /// <summary>Until then, claims are waited for.</summary>
    public long ListensUntil { get; set; }

    /// <summary>When <see cref="GatewayElection"/> looks at it next.</summary>
    public long Due { get; set; } = Idle;

    // As holder.

    /// <summary>The kind under which it is counted in <see cref="NodeLease"/> while it is served.</summary>
    public GatewayLease Held { get; set; }

    /// <summary>The epoch under which it is served here.</summary>
    public Epoch Epoch { get; set; }

    /// <summary>The witnesses, by seat, that let this node serve it.</summary>
    public byte Granted { get; set; }

    /// <summary>The epoch that is asked for: <see cref="Epoch"/>, or a newer one.</summary>
    public Epoch Asked { get; set; }

    public byte AskedGranted { get; set; }

    /// <summary>When each witness is asked (again).</summary>
    public long[] NextAsk { get; } = new long[NodeLease.MaxSeats];

    /// <summary>A witness took it from this node, and has not given it back.</summary>
    public bool Contested { get; set; }

    // As standby.

    /// <summary>When this node asks for it, or <see cref="Idle"/>.</summary>
    public long TakeAt { get; set; } = Idle;

    public ActiveReason Reason { get; set; }

    /// <summary>When the first witness of the present attempt granted.</summary>
    public long FirstGrant { get; set; }

    public int Attempts { get; set; }

    /// <summary>The active node whose connections are here in full, or -1.</summary>
    public int ReplicatedFrom { get; set; } = -1;

    public long NextReclaim { get; set; }

    /// <summary>Since when another node serves it that is not chosen any more, or <see cref="Idle"/>.</summary>
    public long UnlistedSince { get; set; } = Idle;

    /// <summary>When the active node last said that it hands over to this one.</summary>
    public long PreparedAt { get; set; } = NodeLease.Never;

    /// <summary>When a newer claim of another node was heard last.</summary>
    public long FollowedAt { get; set; }

    // As active.

    public Handover? Handover { get; set; }

    /// <summary>No handover is tried before.</summary>
    public long NextHandover { get; set; }

    /// <summary>After a handover: when the successor must have claimed it, or <see cref="Idle"/>.</summary>
    public long SuccessionEnds { get; set; } = Idle;

    /// <summary>Hosts that its connections are replicated to.</summary>
    public List<int> Replicas { get; } = [];

    public bool IsServed => Role is GatewayRole.Active or GatewayRole.HandingOver;

    public bool IsListed => Place >= 0;

    public bool Lists(int host) => Array.IndexOf(Nodes, host) >= 0;

    public Epoch NextEpoch
    {
        get
        {
            Epoch known = Newest > ActiveEpoch ? Newest : ActiveEpoch;
            return known.Next(Schedule);
        }
    }
}
