using Vicinal.Model.Resources;

namespace Vicinal.Cli.Migrate;

/// <summary>How a router's migration ended, for people and for scripts.</summary>
public enum MigrationOutcome
{
    /// <summary>It had the kind that was asked for.</summary>
    Unchanged,

    /// <summary>Only looked at.</summary>
    Planned,

    Migrated,

    /// <summary>The plan names what is in the way; nothing was done.</summary>
    Blocked,

    /// <summary>A step did not succeed; the ones before it are in force.</summary>
    Failed,

    /// <summary>The command was told to end; the steps so far are in force.</summary>
    Interrupted,

    /// <summary>An earlier router failed.</summary>
    NotReached,
}

/// <summary>One router's part of a run.</summary>
public sealed class MigrationReport(RouterState router, RouterKind target, MigrationAnswer plan)
{
    public Guid Id => router.Id;

    public string Name => router.Name;

    public RouterKind From => plan.From ?? router.Kind;

    public RouterKind To => target;

    /// <summary>Where an earlier command left the router.</summary>
    public string Phase => plan.Phase;

    public MigrationPlan Plan => plan.Plan ?? MigrationPlan.Nothing;

    public MigrationOutcome Outcome { get; set; } = MigrationOutcome.Planned;

    /// <summary>Why it is not migrated.</summary>
    public string? Error { get; set; }

    public List<MigrationStep> Steps { get; } = [];

    public bool IsThere => plan.Phase == MigrationPhase.None && router.Kind == target;

    internal RouterState Router => router;
}
