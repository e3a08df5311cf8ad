namespace Vicinal.Ebpf;

/// <summary>What became of packets at the programs (enum counter): sums over all processors since the maps were made.</summary>
/// <param name="Forwarded">Calls of a program that an entry carried; a super-packet is one.</param>
/// <param name="Dropped">By a negative entry.</param>
/// <param name="UpcallsNew">To the agent: no entry.</param>
/// <param name="UpcallsStale">To the agent: what the entry rests on has changed.</param>
/// <param name="UpcallsRefused">To the agent: the entry's preconditions do not hold for the packet.</param>
/// <param name="UpcallsUnusual">To the agent: what has no key, or what the kernel refused to do.</param>
/// <param name="LimitedSource">Lost: the source has had its share of the agent.</param>
/// <param name="LimitedFlow">Lost: too many packets before the flow was decided.</param>
/// <param name="Failed">Lost: the kernel refused a step that cannot be taken back.</param>
/// <param name="ByDevice">Of those forwarded, pushed by a collect-metadata device.</param>
/// <param name="Answered">Questions about neighbours, answered in place of an agent that is away.</param>
public readonly record struct FastPathCounters(
    long Forwarded,
    long Dropped,
    long UpcallsNew,
    long UpcallsStale,
    long UpcallsRefused,
    long UpcallsUnusual,
    long LimitedSource,
    long LimitedFlow,
    long Failed,
    long ByDevice,
    long Answered)
{
    internal const int Count = 11;

    public long Upcalls => UpcallsNew + UpcallsStale + UpcallsRefused + UpcallsUnusual;
}
