using System.Diagnostics;
using Vicinal.Devices;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>Frames waited for at a device.</summary>
public static class Arrivals
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Receives until what has come holds all that is awaited, or patience ends.</summary>
    public static List<PacketBuffer> Collect(this IFrameDevice device, Predicate<List<PacketBuffer>> isComplete, Predicate<PacketBuffer>? wanted = null)
    {
        List<PacketBuffer> arrived = [];
        Stopwatch clock = Stopwatch.StartNew();
        while (!isComplete(arrived) && clock.Elapsed < s_patience)
        {
            PacketBuffer[] one = [new PacketBuffer()];
            if (device.Receive(one) == 0)
            {
                Thread.Sleep(1);
            }
            else if (wanted?.Invoke(one[0]) ?? true)
            {
                arrived.Add(one[0]);
            }
        }

        return arrived;
    }

    /// <summary>Frames as they would be on a wire, which their total length tells to be complete.</summary>
    public static List<byte[]> CollectOnTheWire(this IFrameDevice device, IReadOnlyCollection<byte[]> awaited)
    {
        List<PacketBuffer> arrived = device.Collect(
            all => all.Sum(p => Traffic.OnTheWire(Copy(p)).Count) >= awaited.Count, p => p.Span.Length > 14 && p.Span[12] is 0x08 or 0x86 && p.Span[13] is 0 or 0xDD);
        return [.. arrived.SelectMany(Traffic.OnTheWire)];
    }

    private static PacketBuffer Copy(PacketBuffer packet)
    {
        PacketBuffer copy = new();
        copy.CopyFrom(packet);
        return copy;
    }
}
