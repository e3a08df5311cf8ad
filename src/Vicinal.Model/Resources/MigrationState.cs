namespace Vicinal.Model.Resources;

/// <summary>How far a change of a serving router's kind has come.</summary>
public enum MigrationPhase
{
    /// <summary>The nodes of both kinds are scheduled; the router is still of the old kind.</summary>
    Prepared,

    /// <summary>The router is of the new kind; the nodes of the old one are still scheduled.</summary>
    Switched,
}

/// <summary>A change of a router's kind that is under way while it serves.</summary>
public sealed record MigrationState(RouterKind From, RouterKind To, MigrationPhase Phase);
