using Vicinal.Datapath.Flows;
using Vicinal.Ebpf.Layout;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

public enum Fate
{
    /// <summary>To the host, unchanged.</summary>
    Passed,
    Dropped,

    /// <summary>To the agent, unchanged behind its header.</summary>
    Up,
    Carried,
}

/// <summary>One packet, and the entry that is there for it.</summary>
/// <param name="Headers">Of the inner frame.</param>
/// <param name="Plain">What the executor would get: the frame, or the inner one with the outer mark. Null when it gets none.</param>
/// <param name="Key">Null when each packet like this needs a walk.</param>
/// <param name="Settled">The fate when no entry can change it.</param>
internal sealed record Case(
    FlowInputKind Kind, byte[] Frame, Offload Offload, byte[]? Plain, PacketHeaders Headers, FlowKey? Key, UpcallHeader Upcall, Fate? Settled)
{
    public FlowAction? Action { get; init; }

    /// <summary>The entry is there, and what it rests on has changed.</summary>
    public bool Stale { get; init; }

    public override string ToString() => $"""
        {Kind}, GSO size {Offload.GsoSize}, settled {Settled}, stale {Stale}
        frame  {Convert.ToHexString(Frame)}
        key    {(Key is { } key ? $"{key} vlan {key.Vlan:x}" : "none")}
        action {(Action is { } a ? Describe(a) : "none")}
        """;

    private static string Describe(in FlowAction a) =>
        $"{a.OutputKind} {a.OutputIndex} {a.Encapsulation} {a.Rewrites}; L3 <= {a.MaxL3Length}, TTL >= {a.MinTtl} - {a.TtlDecrement}, TCP {a.TcpMask:x}={a.TcpValue:x}, "
        + $"MACs {a.SourceMac} {a.DestinationMac}, {a.Source}:{a.SourcePort} {a.Destination}:{a.DestinationPort}, "
        + $"differences {a.HeaderDifference:x4} {a.TransportDifference:x4} {a.PseudoHeaderDifference:x4}, tunnel {a.TunnelRemote} {a.Vni} {a.PortKeys:x} {a.TunnelSourcePort}";
}

/// <summary>What becomes of a case.</summary>
/// <param name="Output">The frame as it leaves, its outer MACs zero; null where there is none.</param>
/// <param name="Packets">Counted in the entry.</param>
internal sealed record Outcome(Fate Fate, byte[]? Output, long Packets = 0, long Bytes = 0, byte TcpFlags = 0, UpcallHeader Upcall = default);
