using System.Diagnostics;
using System.Runtime.InteropServices;
using Vicinal.Ebpf.Layout;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>Says in what an outcome is not the expected one; null: in nothing.</summary>
internal static class Differences
{
    public static string? Of(Outcome expected, Outcome actual)
    {
        if (expected.Fate != actual.Fate)
        {
            return $"expected {expected.Fate}, was {actual.Fate}";
        }

        if (!expected.Output.AsSpan().SequenceEqual(actual.Output))
        {
            return $"expected {Convert.ToHexString(expected.Output!)}\nwas      {Convert.ToHexString(actual.Output!)}";
        }

        return Same(expected.Upcall, actual.Upcall) ? null : $"upcall header: expected {Hex(expected.Upcall)}, was {Hex(actual.Upcall)}";
    }

    public static string? OfEntry(in KernelFlow flow, Outcome expected, long before)
    {
        bool seen = expected.Packets > 0;
        KernelFlow wanted = new()
        {
            Packets = (ulong)expected.Packets,
            Bytes = (ulong)expected.Bytes,
            TcpFlags = expected.TcpFlags,
            Epoch = 7,
            Slot = 9,
            LastSeen = flow.LastSeen,
        };

        // The programs' clock moves on by up to 10 ms at a time.
        bool timely = seen ? flow.LastSeen + 20_000_000 > (ulong)before && flow.LastSeen <= (ulong)Stopwatch.GetTimestamp() : flow.LastSeen == 0;
        return timely && Same(flow, wanted) ? null : $"entry: expected {Hex(wanted)}, was {Hex(flow)}, timely {timely}";
    }

    public static bool Same<T>(in T a, in T b)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in a)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in b)));

    private static string Hex<T>(in T value)
        where T : unmanaged => Convert.ToHexString(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
