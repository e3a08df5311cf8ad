using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Calculators;

internal static class ChangeReading
{
    /// <summary>Whether a <typeparamref name="T"/> was created, removed or replaced.</summary>
    public static bool Concerns<T>(this in ResourceChange change, out T? before, out T? after)
        where T : Resource
    {
        before = change.Before as T;
        after = change.After as T;
        return before is not null || after is not null;
    }

    /// <summary>
    /// Whether a <typeparamref name="T"/> was created, removed or replaced with one in which <paramref name="read"/>, all that
    /// the asking calculator reads of it, is different.
    /// </summary>
    public static bool Alters<T, TRead>(this in ResourceChange change, Func<T, TRead> read, out T? before, out T? after)
        where T : Resource =>
        change.Concerns(out before, out after)
        && (before is null || after is null || !EqualityComparer<TRead>.Default.Equals(read(before), read(after)));
}
