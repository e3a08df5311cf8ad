namespace Vicinal.Datapath.Flows;

/// <summary>
/// Tells a flood, whose packets are alike, from a scan, whose packets are all different: only what was dropped before is worth an entry. A place
/// holds the last of the flows that fall on it; being wrong costs one entry or one more walk.
/// </summary>
internal sealed class RepeatedDrops
{
    private const int Places = 4096;

    private readonly ulong[] _last = new ulong[Places];

    /// <summary>Whether the flow with this hash was the last to be dropped of those on its place; from now on it is.</summary>
    public bool IsAgain(ulong hash)
    {
        ref ulong last = ref _last[hash % Places];
        bool again = last == hash;
        last = hash;
        return again;
    }
}
