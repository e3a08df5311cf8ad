using Vicinal.Model.Resources;

namespace Vicinal.Cli.Migrate;

/// <summary>What the server answers to each step of a router's migration.</summary>
/// <param name="Phase">One of <see cref="MigrationPhase"/>.</param>
/// <param name="From">What the router was before the migration that is under way; null where none is.</param>
/// <param name="To">What it becomes.</param>
/// <param name="Revision">The write that the step made; its nodes are waited for.</param>
/// <param name="Plan">What is left to do; null where only the state was asked for.</param>
public sealed record MigrationAnswer(string Phase, RouterKind? From, RouterKind? To, long Revision, MigrationPlan? Plan);

/// <summary>How far the server says a router has come on its way. It keeps this with the router, so that any command can go on.</summary>
public static class MigrationPhase
{
    /// <summary>Nothing is under way.</summary>
    public const string None = "none";

    /// <summary>The nodes of both kinds are ready to serve; those of the old kind do.</summary>
    public const string Prepared = "prepared";

    /// <summary>Those of the new kind serve; those of the old kind still help what is late.</summary>
    public const string Switched = "switched";
}

/// <summary>What a migration is going to do.</summary>
/// <param name="Changes">One sentence each.</param>
/// <param name="Breaks">What users of the router will notice.</param>
/// <param name="Blockers">Why it cannot be done now.</param>
public sealed record MigrationPlan(
    IReadOnlyList<MigrationPlanFlow> Flows, IReadOnlyList<string> Changes, IReadOnlyList<string> Breaks, IReadOnlyList<string> Blockers)
{
    public static MigrationPlan Nothing { get; } = new([], [], [], []);
}

/// <summary>The nodes that a flow touches now, and will touch.</summary>
public sealed record MigrationPlanFlow(string Flow, IReadOnlyList<string> Now, IReadOnlyList<string> Then);
