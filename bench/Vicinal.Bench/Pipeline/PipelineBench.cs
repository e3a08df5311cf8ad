using Vicinal.Bench.Measuring;
using Vicinal.Datapath;
using Vicinal.Packets;

namespace Vicinal.Bench.Pipeline;

/// <summary>What one packet costs the data path in memory, without devices: cached flows of several kinds and numbers, and new connections.</summary>
internal static class PipelineBench
{
    private const double Goal = 60;
    private const int Rounds = 9;
    private const int BatchSize = 64;

    private static readonly string[] s_paths =
    [
        "same network, both on this node", "routed, both on this node", "routed + floating IP, out of the NIC", "routed + Geneve push",
        "floating IP + routed + Geneve push",
    ];

    /// <param name="arguments">Numbers of flows.</param>
    public static Section Run(string[] arguments)
    {
        Section section = new("Data path in memory");
        section.Line($"64-byte UDP frames through `Node.Receive`, and through `Node.ReceiveBatch` in batches of {BatchSize}, into an output that counts; net of making the frame, in CPU time. Medians of "
            + $"{Rounds} rounds; parse, exact match, freshness, rewrites, incremental checksums and tunnel header are all in it. Goal: the last path at most");
        section.Line($"{Goal:f0} ns at 100,000 flows, 0 bytes allocated, and 1,000,000 new connections a second and core.");
        section.Line("OVS-DPDK 3.1, all exact-match hits: routed 82-86, ct + SNAT + routed 288-325, + Geneve 301-346 ns.");
        section.Line("");
        section.Header("path", "flows", "ns a packet, cache hit", "best round", "in batches", "best round", "hits %", "bytes allocated a packet", "new connections/s", "ns a new connection", "ns with its answers' flow, for the kernel");
        int[] flows = arguments.Length > 0 ? [.. arguments.Select(int.Parse)] : [1_000, 100_000, 1_000_000];

        // The first rounds compile the code, first quickly and then well; they are thrown away.
        for (int i = 0; i < 3; i++)
        {
            foreach (string path in s_paths)
            {
                Measure(path, 20_000);
            }
        }

        foreach (string path in s_paths)
        {
            foreach (int count in flows)
            {
                Result r = Measure(path, count);
                section.Row(path, $"{count:n0}", $"{r.Nanoseconds:f1}", $"{r.Best:f1}", $"{r.Batched:f1}", $"{r.BestBatched:f1}", $"{r.HitShare:f1}", $"{r.Allocated:f2}", $"{1e9 / r.NewNanoseconds:n0}", $"{r.NewNanoseconds:f0}", $"{r.BothNanoseconds:f0}");
            }
        }

        return section;
    }

    private static Result Measure(string path, int flows)
    {
        NodeUnderTest under = new(flows);
        FlowSource source = SourceOf(path, under, flows);
        PacketBuffer packet = new();
        PacketBuffer[] batch = [.. Enumerable.Range(0, BatchSize).Select(_ => new PacketBuffer())];
        double idle = Timed(() => source.Idle(packet, flows)) / flows;

        // The first packets of flows that nobody has met, once with fresh tables, whose pages the kernel maps one fault at a time, and then again.
        double opening = Opening(source, under.Node, packet, flows) - idle;
        NodeUnderTest mirrored = new(flows * 2, new WillingMirror());
        double both = Opening(SourceOf(path, mirrored, flows), mirrored.Node, packet, flows) - idle;

        // A flow is cached once its connection is settled, which the second packet finds.
        source.Send(under.Node, packet, flows);
        int packets = Math.Max(flows, 200_000);
        long before = under.Node.Counters.CacheHits;
        Samples samples = new();
        Samples batched = new();
        for (int i = 0; i < Rounds; i++)
        {
            double whole = Timed(() => source.Send(under.Node, packet, packets));
            samples.Add((whole - Timed(() => source.Idle(packet, packets))) / packets);
            whole = Timed(() => source.SendBatches(under.Node, batch, packets));
            batched.Add((whole - Timed(() => source.IdleBatches(batch, packets))) / packets);
        }

        long sent = (long)packets * Rounds * 2;
        return new Result(
            samples.Median,
            samples.At(0),
            batched.Median,
            batched.At(0),
            100.0 * (under.Node.Counters.CacheHits - before) / sent,
            Allocated(() => source.SendBatches(under.Node, batch, packets)) / packets,
            opening,
            both);
    }

    /// <summary>Nanoseconds for each first packet, with tables that were used before.</summary>
    private static double Opening(FlowSource source, Node node, PacketBuffer packet, int flows)
    {
        source.Send(node, packet, flows);
        source.LetAllExpire(node);
        return Timed(() => source.Send(node, packet, flows)) / flows;
    }

    private static FlowSource SourceOf(string path, NodeUnderTest n, int flows) => Array.IndexOf(s_paths, path) switch
    {
        0 => From(n, flows, new FrameEnds(n.A.Mac, n.B.Mac, n.A.Addresses[0], n.B.Addresses[0])),
        1 => From(n, flows, new FrameEnds(n.A.Mac, n.OnNet1.Mac, n.A.Addresses[0], n.C.Addresses[0])),
        2 => From(n, flows, new FrameEnds(n.A.Mac, n.OnNet1.Mac, n.A.Addresses[0], IpAddress.Parse("198.51.100.7"))),
        3 => From(n, flows, new FrameEnds(n.A.Mac, n.OnNet1.Mac, n.A.Addresses[0], n.AddressOfD)),
        _ => new FlowSource(
            PacketSource.Physical(0), new FrameEnds(n.UpstreamMac, n.FloatingOfD.ExternalMac, n.Internet, n.FloatingOfD.ExternalAddress), flows),
    };

    private static FlowSource From(NodeUnderTest under, int flows, FrameEnds ends) => new(PacketSource.LocalPort(1), ends, flows);

    private static double Timed(Action action)
    {
        double start = ThreadClock.Nanoseconds;
        action();
        return ThreadClock.Nanoseconds - start;
    }

    private static double Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private readonly record struct Result(
        double Nanoseconds, double Best, double Batched, double BestBatched, double HitShare, double Allocated, double NewNanoseconds, double BothNanoseconds);
}
