using Vicinal.Datapath.Flows;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>Takes from a failing case's action what is not needed for it to fail.</summary>
internal static class Shrinking
{
    public static Case Shrink(Case failing, Predicate<Case> fails)
    {
        Case smallest = failing;
        foreach (Case candidate in Candidates(failing))
        {
            if (candidate.Action is { } action && smallest.Action is { } best && Weight(in action) < Weight(in best) && fails(candidate))
            {
                smallest = candidate;
            }
        }

        return ReferenceEquals(smallest, failing) ? failing : Shrink(smallest, fails);
    }

    private static IEnumerable<Case> Candidates(Case c)
    {
        if (c.Action is not { } action)
        {
            yield break;
        }

        foreach (Rewrite bit in Enum.GetValues<Rewrite>())
        {
            yield return c with { Action = action with { Rewrites = action.Rewrites & ~bit } };
        }

        yield return c with { Action = action with { TtlDecrement = 0 } };
        yield return c with { Action = action with { MaxL3Length = 0 } };
        yield return c with { Action = action with { MinTtl = 0 } };
        yield return c with { Action = action with { TcpMask = 0, TcpValue = 0 } };
        if (!c.Stale)
        {
            yield return c with { Action = action with { GenerationCount = 0, Deadline = 0 } };
        }
    }

    private static int Weight(in FlowAction a) =>
        System.Numerics.BitOperations.PopCount((uint)a.Rewrites) + Math.Sign(a.TtlDecrement) + Math.Sign(a.MaxL3Length) + Math.Sign(a.MinTtl)
        + Math.Sign((int)a.TcpMask) + Math.Sign(a.GenerationCount) + Math.Sign(a.Deadline);
}
