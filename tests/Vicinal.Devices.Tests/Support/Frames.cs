using System.Diagnostics;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Support;

public static class Frames
{
    public const ushort TestEtherType = 0x88B5;

    public static PacketBuffer[] Buffers(int count) => [.. Enumerable.Range(0, count).Select(_ => new PacketBuffer())];

    public static PacketBuffer Ethernet(MacAddress destination, MacAddress source, ushort etherType, ReadOnlySpan<byte> payload)
    {
        PacketBuffer frame = new();
        frame.Reset(14 + payload.Length);
        destination.Write(frame.Span);
        source.Write(frame.Span[6..]);
        frame.Span[12] = (byte)(etherType >> 8);
        frame.Span[13] = (byte)etherType;
        payload.CopyTo(frame.Span[14..]);
        return frame;
    }

    /// <summary>Waits for a frame that fits, up to a limit; other frames (the kernel's own chatter) are passed over.</summary>
    public static PacketBuffer? WaitFor(IFrameDevice device, Func<PacketBuffer, bool> fits, int milliseconds = 2000)
    {
        using Poller poller = new();
        poller.Add(device.PollHandle, 1);
        PacketBuffer[] buffers = Buffers(8);
        PollEvent[] events = new PollEvent[4];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds)
        {
            poller.Wait(events, 20);
            int count;
            while ((count = device.Receive(buffers)) > 0)
            {
                for (int i = 0; i < count; i++)
                {
                    if (fits(buffers[i]))
                    {
                        return buffers[i];
                    }
                }
            }
        }

        return null;
    }

    public static ushort EtherTypeOf(PacketBuffer frame) => (ushort)((frame.Span[12] << 8) | frame.Span[13]);
}
