using Vicinal.Packets;

namespace Vicinal.Devices;

/// <summary>
/// Something that carries Ethernet frames: a packet socket on an interface, a tap, a pair in memory. Used by one thread at a time
/// (the thread that polls it); only <see cref="Counters"/> and <see cref="State"/> may be read from elsewhere.
/// No call blocks, and neither a full queue nor a failing link throws: frames are then dropped and counted.
/// </summary>
public interface IFrameDevice : IDisposable
{
    string Name { get; }

    MacAddress MacAddress { get; }

    /// <summary>Largest L3 packet without offload, in bytes; the Ethernet header is not part of it.</summary>
    int Mtu { get; }

    /// <summary>The descriptor to wait on for frames, or -1 when there is none and the owner must ask.</summary>
    int PollHandle { get; }

    DeviceState State { get; }

    DeviceCounters Counters { get; }

    /// <summary>
    /// Fills buffers from the front with waiting frames and returns how many; 0 when nothing waits. Buffers stay the caller's;
    /// they may come back in another order. Offload says what the sender left undone.
    /// </summary>
    int Receive(Span<PacketBuffer> frames);

    /// <summary>
    /// Sends frames in order and returns how many were taken; the others are dropped and counted. The buffers are
    /// free to use again on return and keep their content.
    /// </summary>
    int Send(ReadOnlySpan<PacketBuffer> frames);

    bool Send(PacketBuffer frame) => Send(new ReadOnlySpan<PacketBuffer>(in frame)) == 1;
}
