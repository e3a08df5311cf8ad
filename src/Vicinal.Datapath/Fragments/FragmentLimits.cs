namespace Vicinal.Datapath.Fragments;

/// <summary>Bounds on datagrams that wait for the rest of their fragments.</summary>
public sealed record FragmentLimits
{
    public int Datagrams { get; init; } = 4096;

    /// <summary>Of one source; its own oldest goes when it has more.</summary>
    public int DatagramsPerSource { get; init; } = 128;

    /// <summary>Memory of all, in bytes.</summary>
    public long Bytes { get; init; } = 64 << 20;

    /// <summary>Memory of one source, in bytes.</summary>
    public long BytesPerSource { get; init; } = 2 << 20;

    /// <summary>In ms, from the first fragment that came, as Linux has it (RFC 791 suggests 15 seconds, RFC 8200 60).</summary>
    public long Timeout { get; init; } = 30_000;
}
