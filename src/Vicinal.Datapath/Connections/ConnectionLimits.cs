namespace Vicinal.Datapath.Connections;

/// <summary>Bounds on what guests can make the tracker remember, and how it judges.</summary>
public sealed record ConnectionLimits
{
    /// <summary>All memory is set aside for this many when the tracker is made; the system maps it as it is used.</summary>
    public int Total { get; init; } = 1 << 18;

    /// <summary>A zone is a port's filter or a router's NAT, so this is what one port can hold.</summary>
    public int PerZone { get; init; } = 1 << 16;

    /// <summary>Over all zones, by <see cref="CommitInfo.Project"/>; project 0 is not counted.</summary>
    public int PerProject { get; init; } = 1 << 17;

    /// <summary>
    /// A TCP packet that is not a SYN may begin an entry, as in Linux (nf_conntrack_tcp_loose) and Open vSwitch by default:
    /// without it each restart, migration or failover would cut every long connection that its rules still allow. The
    /// packet is judged by the rules like any other new one, so it opens nothing that a SYN would not.
    /// </summary>
    public bool PickUpMidStream { get; init; } = true;

    public ConnectionTimeouts Timeouts { get; init; } = new();
}

/// <summary>Milliseconds without a packet after which a connection is forgotten; the values are Linux conntrack's.</summary>
public sealed record ConnectionTimeouts
{
    private const long Second = 1000;

    public long TcpSynSent { get; init; } = 120 * Second;

    public long TcpSynReceived { get; init; } = 60 * Second;

    public long TcpEstablished { get; init; } = 432_000 * Second;

    public long TcpFinWait { get; init; } = 120 * Second;

    public long TcpCloseWait { get; init; } = 60 * Second;

    public long TcpLastAck { get; init; } = 30 * Second;

    public long TcpTimeWait { get; init; } = 120 * Second;

    public long TcpClose { get; init; } = 10 * Second;

    public long Udp { get; init; } = 30 * Second;

    /// <summary>UDP that was answered.</summary>
    public long UdpStream { get; init; } = 120 * Second;

    public long Icmp { get; init; } = 30 * Second;

    public long Other { get; init; } = 600 * Second;
}
