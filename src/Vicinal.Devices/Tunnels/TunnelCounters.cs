namespace Vicinal.Devices.Tunnels;

/// <summary>Counts since the socket was opened; written by its thread alone. Datagrams are those on the wire, not the kernel's joined ones.</summary>
public sealed class TunnelCounters
{
    public long ReceivedDatagrams;

    public long ReceivedBytes;

    /// <summary>Datagrams that were cut off for want of room.</summary>
    public long ReceiveErrors;

    public long SentDatagrams;

    public long SentBytes;

    public long SendTooBig;

    public long SendUnreachable;

    public long SendDropped;
}
