namespace Vicinal.Server.Distribution;

/// <summary>How far a revision has come.</summary>
/// <param name="Nodes">Nodes whose forwarding state it changed.</param>
/// <param name="Milliseconds">From the durable write until the last of them had it in force; while some are pending, until now.</param>
/// <param name="Pending">The hosts that have not said that they have it in force.</param>
public sealed record RevisionProgress(long Revision, int Nodes, int Applied, double Milliseconds, IReadOnlyList<string> Pending)
{
    /// <summary>Of the pending hosts those that have no stream: waiting for them takes until they are back.</summary>
    public IReadOnlyList<string> Away { get; init; } = [];

    /// <summary>It is in force on all nodes concerned.</summary>
    public bool Complete => Pending.Count == 0;
}
