namespace Vicinal.Devices.Tunnels;

public sealed record TunnelSocketOptions
{
    /// <summary>False: somebody else receives on the tunnel's port, and this end only sends.</summary>
    public bool Receives { get; init; } = true;

    /// <summary>How many source ports flows are spread over; a power of two up to 32. Networks between hash on the outer ports.</summary>
    public int SendPorts { get; init; } = 16;

    /// <summary>
    /// The kernel joins what comes from one sender (UDP_GRO). Not where a program on the NIC reads tunnel packets one by one: they are joined before it.
    /// </summary>
    public bool Joins { get; init; } = true;

    public int ReceiveBufferBytes { get; init; } = 16 << 20;

    public int SendBufferBytes { get; init; } = 4 << 20;
}
