using Vicinal.Forwarding;

namespace Vicinal.Compiler;

/// <summary>A node begins or ceases to need a unit. One that begins is sent the unit's whole table, not its row changes.</summary>
public readonly record struct SubscriptionChange(string Host, UnitId Unit, bool Added);

/// <summary>What one compilation did.</summary>
/// <param name="Before">The forwarding state that the changes apply to.</param>
/// <param name="After">The forwarding state with the changes applied; changed units carry its revision.</param>
/// <param name="Rows">
/// Only real differences, at most one per row; what others refer to comes first (nodes and segments before endpoints, rules
/// before the ports that they filter).
/// </param>
/// <param name="Subscriptions">Net changes, at most one per host and unit.</param>
/// <param name="Work">How much was looked at, which is what must not grow with the cloud.</param>
public sealed record CompileResult(
    ForwardingSnapshot Before,
    ForwardingSnapshot After,
    IReadOnlyList<RowChange> Rows,
    IReadOnlyList<SubscriptionChange> Subscriptions,
    CompileWork Work);

/// <summary>The work of one compilation in counts, so that tests and metrics see a full rebuild in disguise.</summary>
public sealed class CompileWork
{
    private readonly int[] _recomputed = new int[Enum.GetValues<RowKind>().Length + 1];

    /// <summary>Keys recomputed by the calculator of that row kind, whether the row came out different or not.</summary>
    public int this[RowKind kind] => _recomputed[(int)kind];

    public int RecomputedKeys => _recomputed.Sum();

    /// <summary>Reference counts of (host, unit) raised or lowered.</summary>
    public int SubscriptionSteps { get; internal set; }

    internal void Recomputed(RowKind kind, int keys) => _recomputed[(int)kind] += keys;
}
