using Vicinal.Ebpf.Layout;

namespace Vicinal.Ebpf;

/// <content>What programs compare with the clock: when the agent was last heard of, and until when the node's leases hold.</content>
public sealed partial class FastPath
{
    /// <summary>The last generation slots are nobody's: one for the heartbeat, and one for each lease.</summary>
    private const uint ReservedSlots = 1 + KernelLeaseSlots.Count;

    private uint HeartbeatSlot => (uint)_generations.Count - 1;

    /// <summary>The agent is here, knows its state, and answers itself. Call it several times a second; after a second without it the programs answer.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    public void Beat(ulong now) => Volatile.Write(ref _generations.At<ulong>((int)HeartbeatSlot), now);

    /// <summary>
    /// Entries and answers under this lease are void from then on, with the agent or without it. A store into memory that the programs read; any thread
    /// may call it until <see cref="Dispose"/>.
    /// </summary>
    /// <param name="until">Nanoseconds of the monotonic clock.</param>
    public void SetLease(LeaseKind kind, ulong until) => Volatile.Write(ref _generations.At<ulong>((int)SlotOf(kind)), until);

    private uint SlotOf(LeaseKind kind) => HeartbeatSlot - (uint)kind;
}
