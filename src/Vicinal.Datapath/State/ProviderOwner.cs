using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>
/// What speaks on an external segment with a MAC and addresses of its own, and on one node at a time: a floating IP or a
/// router's gateway port.
/// </summary>
internal abstract class ProviderOwner(Router router, Segment external, uint slot)
{
    public Router Router { get; } = router;

    public Segment External { get; } = external;

    public uint Slot { get; } = slot;

    public abstract MacAddress Mac { get; }

    public abstract Origin Origin { get; }

    /// <summary>The addresses that it answers and announces.</summary>
    public abstract IEnumerable<IpAddress> Addresses { get; }

    /// <summary>This node answers for it; false everywhere but on one node.</summary>
    public bool IsHere { get; set; }
}
