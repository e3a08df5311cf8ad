using Vicinal.Forwarding;
using Vicinal.Model;

namespace Vicinal.Compiler.Calculators;

/// <summary>
/// A function from the topology to the rows of one table, by key. It has no state: a row is a function of the topology alone.
/// </summary>
/// <typeparam name="TKey">What a row is computed for, mostly a resource's id.</typeparam>
internal abstract class Calculator<TKey>
    where TKey : notnull
{
    public abstract RowKind Kind { get; }

    /// <summary>
    /// Adds the keys whose row reads the changed resource: those that read its old state in <paramref name="before"/> and those
    /// that read its new state in <paramref name="after"/>. A row that differs between the two topologies reads, in one of them,
    /// a resource that changed; so naming the readers is enough, for single edits and for batches alike. Readers may be left out
    /// where no attribute that they read has changed.
    /// </summary>
    public abstract void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<TKey> keys);

    /// <summary>The key's row, or null when it has none.</summary>
    public abstract Row? Compute(TKey key, Topology topology);
}
