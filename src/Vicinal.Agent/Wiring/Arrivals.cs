using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Packets;

namespace Vicinal.Agent.Wiring;

/// <summary>
/// Hands what waits at a device to the node, a batch at a time, in order. One set of buffers serves all devices: the data-path thread is one, and a
/// batch is handled before the next is read. What a guest's own tunnel left undone is done here, so that the node sees ordinary packets.
/// </summary>
internal static class Arrivals
{
    private const int BatchSize = 64;

    private static readonly PacketBuffer[] s_batch = [.. Enumerable.Range(0, BatchSize).Select(_ => new PacketBuffer())];

    // Whole, since a piece may be as long as what it is a piece of; the memory behind is taken only where something is written.
    private static readonly PacketBuffer[] s_pieces = [.. Enumerable.Range(0, BatchSize).Select(_ => new PacketBuffer())];

    public static void Receive(Node node, IFrameDevice device, PacketSource source)
    {
        int count = device.Receive(s_batch);
        long now = DataPathThread.Now;
        int first = 0;
        for (int i = 0; i < count; i++)
        {
            PacketBuffer packet = s_batch[i];
            if (!TunnelSegmenter.IsSuspect(in packet.Offload))
            {
                continue;
            }

            TunnelWork work = TunnelSegmenter.Inspect(packet, out TunnelLayers layers);
            if (work == TunnelWork.None || (work == TunnelWork.Checksum && Checksum.Finish(packet)))
            {
                continue;
            }

            node.ReceiveBatch(in source, s_batch.AsSpan(first, i - first), now);
            first = i + 1;
            if (work == TunnelWork.Cut)
            {
                HandOverPieces(node, in source, packet, in layers, now);
            }
            else
            {
                device.Counters.ReceiveErrors++;
            }
        }

        node.ReceiveBatch(in source, s_batch.AsSpan(first, count - first), now);
    }

    private static void HandOverPieces(Node node, in PacketSource source, PacketBuffer packet, in TunnelLayers layers, long now)
    {
        for (int first = 0; first < layers.Count; first += BatchSize)
        {
            int count = Math.Min(BatchSize, layers.Count - first);
            for (int i = 0; i < count; i++)
            {
                TunnelSegmenter.Write(packet, in layers, first + i, s_pieces[i]);
            }

            node.ReceiveBatch(in source, s_pieces.AsSpan(0, count), now);
        }
    }
}
