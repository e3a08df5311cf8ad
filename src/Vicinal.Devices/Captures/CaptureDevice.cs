using Vicinal.Packets;

namespace Vicinal.Devices.Captures;

/// <summary>
/// Passes everything through to another device and writes every frame down as it passes, in both directions. Frames that await cutting or
/// checksums are written as they are, as tcpdump shows them on the interface.
/// </summary>
/// <param name="clock">Nanoseconds since 1970-01-01 UTC, asked once for each batch.</param>
public sealed class CaptureDevice(IFrameDevice inner, PcapWriter writer, Func<long> clock) : IFrameDevice
{
    public string Name => inner.Name;

    public MacAddress MacAddress => inner.MacAddress;

    public int Mtu => inner.Mtu;

    public int PollHandle => inner.PollHandle;

    public DeviceState State => inner.State;

    public DeviceCounters Counters => inner.Counters;

    public int Receive(Span<PacketBuffer> frames)
    {
        int count = inner.Receive(frames);
        Write(frames[..count]);
        return count;
    }

    public int Send(ReadOnlySpan<PacketBuffer> frames)
    {
        Write(frames);
        return inner.Send(frames);
    }

    /// <summary>Disposes the device and the writer.</summary>
    public void Dispose()
    {
        inner.Dispose();
        writer.Dispose();
    }

    private void Write(ReadOnlySpan<PacketBuffer> frames)
    {
        if (frames.IsEmpty)
        {
            return;
        }

        long now = clock();
        foreach (PacketBuffer frame in frames)
        {
            writer.Write(now, frame.Span);
        }
    }
}
