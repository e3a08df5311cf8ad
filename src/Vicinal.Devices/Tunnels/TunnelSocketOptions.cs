namespace Vicinal.Devices.Tunnels;

public sealed record TunnelSocketOptions
{
    /// <summary>False: somebody else receives on the tunnel's port, and this end only sends.</summary>
    public bool Receives { get; init; } = true;

    /// <summary>How many source ports flows are spread over; a power of two up to 32. Networks between hash on the outer ports.</summary>
    public int SendPorts { get; init; } = 16;

    public int ReceiveBufferBytes { get; init; } = 16 << 20;

    public int SendBufferBytes { get; init; } = 4 << 20;
}
