using Vicinal.Bench.Measuring;
using Vicinal.Bench.Wire.Measures;

namespace Vicinal.Bench.Wire;

/// <summary>What the rounds found along one path; each round adds one number to each kind, of ping and first packets its percentiles.</summary>
internal sealed class PathSamples
{
    private readonly Path _path;
    private readonly NewConnections _connections;
    private readonly FirstPacket _firstPacket;

    public PathSamples(Path path)
    {
        _path = path;
        _connections = new NewConnections(path);
        _firstPacket = new FirstPacket(path);
    }

    public Samples PingMedian { get; } = new();

    public Samples PingTail { get; } = new();

    public Samples IdlePingMedian { get; } = new();

    public Samples PacketNanoseconds { get; } = new();

    public Samples PacketAgentNanoseconds { get; } = new();

    public Samples PacketRate { get; } = new();

    public Samples PacketLoss { get; } = new();

    public Samples MachineRatio { get; } = new();

    public Samples OneStreamRate { get; } = new();

    public Samples OneStreamCpu { get; } = new();

    public Samples FourStreamsRate { get; } = new();

    public Samples FourStreamsCpu { get; } = new();

    public Samples ConnectionRate { get; } = new();

    public Samples ConnectionUpcalls { get; } = new();

    public Samples ConnectionAgentMicroseconds { get; } = new();

    public Samples ConnectionLoss { get; } = new();

    public Samples FirstMedian { get; } = new();

    public Samples FirstTail { get; } = new();

    public Samples NextMedian { get; } = new();

    public Samples IdleFirstMedian { get; } = new();

    /// <summary>The agents compile their code as it is used, neighbours are asked for, caches fill: nothing of this is kept.</summary>
    public void WarmUp(WireOptions options)
    {
        _ = Ping.Run(_path, 20, Pause.Busy);
        _ = SmallPackets.Run(_path, options.PacketSeconds / 2, 0);
        _ = _connections.Run(options.Connections);
        _ = _firstPacket.Run(options.FirstPackets, Pause.Busy);
    }

    /// <param name="baseline">CPU-seconds a second that the machine spends without load.</param>
    public void Measure(WireOptions options, double baseline)
    {
        Add(Ping.Run(_path, options.Pings, Pause.Busy), PingMedian, PingTail);
        IdlePingMedian.Add(Ping.Run(_path, options.Pings / 10, Pause.Idle).Median);
        if (SmallPackets.Run(_path, options.PacketSeconds, baseline) is { } packets)
        {
            PacketNanoseconds.Add(packets.CpuNanoseconds);
            PacketAgentNanoseconds.Add(packets.AgentNanoseconds);
            PacketRate.Add(packets.PerSecond);
            PacketLoss.Add(packets.LostShare);
            MachineRatio.Add(packets.MachineRatio);
        }

        Add(BulkTcp.Run(_path, 1, options.TcpSeconds, baseline), OneStreamRate, OneStreamCpu);
        Add(BulkTcp.Run(_path, 4, options.TcpSeconds, baseline), FourStreamsRate, FourStreamsCpu);
        ConnectionResult connections = _connections.Run(options.Connections);
        ConnectionRate.Add(connections.PerSecond);
        ConnectionUpcalls.Add(connections.Upcalls);
        ConnectionAgentMicroseconds.Add(connections.AgentMicroseconds);
        ConnectionLoss.Add(connections.LostShare);
        FirstResult first = _firstPacket.Run(options.FirstPackets, Pause.Busy);
        Add(first.First, FirstMedian, FirstTail);
        NextMedian.Add(first.Next.Median);
        IdleFirstMedian.Add(_firstPacket.Run(options.FirstPackets / 4, Pause.Idle).First.Median);
    }

    private static void Add(Samples found, Samples median, Samples tail)
    {
        median.Add(found.Median);
        tail.Add(found.At(99));
    }

    private static void Add(BulkResult? found, Samples rate, Samples cpu)
    {
        if (found is { } result)
        {
            rate.Add(result.GigabitsPerSecond);
            cpu.Add(result.CpuSecondsPerGigabyte);
        }
    }
}
