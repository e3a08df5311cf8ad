namespace Vicinal.Devices;

/// <summary>Which of an interface's incoming frames a packet socket receives.</summary>
public enum PacketSocketHearing
{
    All,

    /// <summary>Frames to groups, ARP and neighbour discovery; a program in the kernel has the rest.</summary>
    GroupsAndNeighborTalk,

    /// <summary>None: the socket is for sending.</summary>
    Nothing,
}

public sealed record PacketSocketOptions
{
    public PacketSocketHearing Hears { get; init; } = PacketSocketHearing.All;

    /// <summary>Hear frames to any MAC address; for NICs. A tap's peer sends everything to us anyway.</summary>
    public bool Promiscuous { get; init; }

    /// <summary>
    /// Send past the queueing discipline. Saves a little, and hides what we send from tcpdump and other packet sockets on the interface.
    /// </summary>
    public bool BypassQueueingDiscipline { get; init; }

    /// <summary>
    /// Frames that carry this firewall mark are not received; 0 means none. Frames put into the host's stack by <see cref="HostPort"/> pass the NIC's
    /// receive path and would otherwise come back as if they came from the wire.
    /// </summary>
    public uint IgnoredMark { get; init; }

    /// <summary>
    /// The mark of what is sent here; 0 means none. Lets <see cref="HostPort"/> tell our frames from the host's.
    /// </summary>
    public uint SendMark { get; init; }

    public int ReceiveBufferBytes { get; init; } = 8 << 20;

    public int SendBufferBytes { get; init; } = 8 << 20;
}
