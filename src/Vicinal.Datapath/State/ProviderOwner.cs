using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>
/// What speaks on a flat or VLAN network with a MAC and addresses of its own, and on one node at a time: a floating IP, a router's gateway port, or
/// its interface there.
/// </summary>
internal abstract class ProviderOwner(Router router, Segment segment, uint slot)
{
    public Router Router { get; } = router;

    public Segment Segment { get; } = segment;

    public uint Slot { get; } = slot;

    public abstract MacAddress Mac { get; }

    public abstract Origin Origin { get; }

    /// <summary>The addresses that it answers and announces.</summary>
    public abstract IEnumerable<IpAddress> Addresses { get; }

    /// <summary>What this node may speak as it under.</summary>
    public abstract GatewayLease Lease { get; }

    /// <summary>As an advertisement says it (RFC 4861 section 4.4).</summary>
    public virtual bool IsRouter => true;

    /// <summary>This node answers for it, as long as the lease holds; false everywhere but on one node.</summary>
    public bool IsHere { get; set; }

    /// <summary>When (in ms) it last ceased to be here.</summary>
    public long LeftAt { get; set; } = long.MinValue;
}
