namespace Vicinal.Gateways.Elections;

/// <summary>A router that is served here and is to be served by another node.</summary>
internal sealed class Handover
{
    public int Successor { get; set; } = -1;

    /// <summary>This node could go on, so a successor has to be better, not only able.</summary>
    public bool Leisurely { get; init; }

    /// <summary>The successor asked for it itself; no other one will do.</summary>
    public bool Reclaimed { get; init; }

    public long Started { get; init; }

    /// <summary>The successor is ready, and the last connections are on their way to it.</summary>
    public bool Flushes { get; set; }

    public long PhaseEnds { get; set; }

    public long NextPrepare { get; set; }

    /// <summary>Places among the router's nodes that declined or said nothing.</summary>
    public uint Tried { get; set; }
}
