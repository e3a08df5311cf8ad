namespace Vicinal.Devices;

/// <summary>Counts since the device was opened. Written by the device's thread alone; readers elsewhere see a slightly old value.</summary>
public sealed class DeviceCounters
{
    public long ReceivedFrames;

    public long ReceivedBytes;

    /// <summary>Frames that arrived malformed, or larger than a buffer.</summary>
    public long ReceiveErrors;

    public long SentFrames;

    public long SentBytes;

    /// <summary>Frames that found the queue full or the link down.</summary>
    public long SendDropped;

    /// <summary>Frames that the kernel refused: over the MTU, or with an offload that makes no sense.</summary>
    public long SendErrors;
}
