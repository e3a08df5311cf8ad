using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vicinal.Datapath.Flows;

[InlineArray(FlowAction.MaxConnections)]
internal struct FlowLinks
{
    private FlowLink _first;
}

/// <summary>A place in one connection's list of flows; both ends are slot * 4 + the place among the flow's connections.</summary>
internal struct FlowLink
{
    public int Next;
    public int Previous;
}

/// <summary>
/// One cached flow. Owned and written by the cache. What every packet touches stands first: counters, key and the replayed part of the
/// action are the first three cache lines.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 384)]
public struct FlowEntry
{
    /// <summary>Layer-3 bytes since the last report.</summary>
    internal long RecentBytes;

    /// <summary>Packets since the last report; a super-packet counts as the segments it is cut into.</summary>
    internal uint RecentPackets;

    /// <summary>The low half of the time in milliseconds; the cache knows the rest.</summary>
    internal uint LastUsed;

    internal FlowKey KeyField;
    internal FlowAction ActionField;
    internal long ReportedPackets;
    internal long ReportedBytes;
    internal long ToldPackets;
    internal long ToldBytes;

    /// <summary>Bucket * 8 + way, or -1 while the entry is free; then <see cref="InputNext"/> is the chain of free ones.</summary>
    internal int Place;
    internal int InputNext;
    internal int InputPrevious;
    internal FlowLinks Links;
    internal byte MirroredField;

    public readonly long Packets => ReportedPackets + RecentPackets;

    /// <summary>Of layer 3.</summary>
    public readonly long Bytes => ReportedBytes + RecentBytes;

    /// <summary>Of <see cref="Packets"/>, those that the mirror carried and told of.</summary>
    public readonly long MirroredPackets => ToldPackets;

    public readonly long MirroredBytes => ToldBytes;

    /// <summary>The mirror replays it too.</summary>
    public readonly bool IsMirrored => MirroredField != 0;

    public readonly bool IsNegative => ActionField.OutputKind == FlowOutputKind.Drop;

    [UnscopedRef]
    public readonly ref readonly FlowKey Key => ref KeyField;

    [UnscopedRef]
    public readonly ref readonly FlowAction Action => ref ActionField;
}
