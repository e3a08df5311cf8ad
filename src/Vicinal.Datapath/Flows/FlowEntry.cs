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

/// <summary>One cached flow. Owned and written by the cache; key, action and counters stand first, since every packet touches them.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
public struct FlowEntry
{
    internal FlowKey KeyField;
    internal FlowAction ActionField;
    internal long VerifiedAt;

    /// <summary>Counts what went; GSO super-packets count as the segments they are cut into.</summary>
    public long Packets { get; internal set; }

    /// <summary>Layer-3 bytes.</summary>
    public long Bytes { get; internal set; }

    public long LastUsed { get; internal set; }

    internal long ReportedPackets;
    internal long ReportedBytes;

    /// <summary>Bucket * 8 + way, or -1 while the entry is free; then <see cref="InputNext"/> is the chain of free ones.</summary>
    internal int Place;
    internal int InputNext;
    internal int InputPrevious;
    internal FlowLinks Links;

    public readonly bool IsNegative => ActionField.OutputKind == FlowOutputKind.Drop;

    [UnscopedRef]
    public readonly ref readonly FlowKey Key => ref KeyField;

    [UnscopedRef]
    public readonly ref readonly FlowAction Action => ref ActionField;
}
