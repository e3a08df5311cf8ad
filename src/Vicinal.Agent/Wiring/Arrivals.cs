using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Packets;

namespace Vicinal.Agent.Wiring;

/// <summary>
/// Hands what waits at a device to the node, a batch at a time. One set of buffers serves all devices: the data-path thread is one, and a
/// batch is handled before the next is read.
/// </summary>
internal static class Arrivals
{
    private const int BatchSize = 64;

    private static readonly PacketBuffer[] s_batch = [.. Enumerable.Range(0, BatchSize).Select(_ => new PacketBuffer())];

    public static void Receive(Node node, IFrameDevice device, PacketSource source)
    {
        int count = device.Receive(s_batch);
        node.ReceiveBatch(in source, s_batch.AsSpan(0, count), DataPathThread.Now);
    }
}
