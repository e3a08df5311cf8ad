namespace Vicinal.Gateways.Tests;

internal static class Allocations
{
    /// <summary>
    /// The least that this thread allocates in one of a few goes. A collection that another test brings about ends the thread's present piece of the heap, and what was
    /// left of it counts as allocated; what the code itself allocates shows in every go.
    /// </summary>
    public static long Of(Action code)
    {
        long least = long.MaxValue;
        for (int i = 0; i < 5 && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            code();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
