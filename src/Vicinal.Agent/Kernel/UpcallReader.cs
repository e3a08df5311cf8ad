using Vicinal.Agent.Transmit;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Devices.Tunnels;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Kernel;

/// <summary>Hands what came up from the programs to the node, packets of one source together. Owned by the data-path thread.</summary>
internal sealed class UpcallReader(IFrameDevice device, Node node, IReadOnlyDictionary<int, int> physicals)
{
    private const int BatchSize = 64;

    private readonly PacketBuffer[] _batch = [.. Enumerable.Range(0, BatchSize).Select(_ => new PacketBuffer())];

    private readonly TunnelBatch _geneve = new(Encapsulation.Geneve);
    private readonly TunnelBatch _vxlan = new(Encapsulation.Vxlan);

    /// <summary>Frames that the node was handed; a super-packet is one.</summary>
    public long Received { get; private set; }

    /// <summary>Frames on the tap that no program sent.</summary>
    public long Ignored { get; private set; }

    /// <summary>Throws away what waited: it came too long ago to be sent on.</summary>
    public void Discard()
    {
        while (device.Receive(_batch) > 0)
        {
        }
    }

    public void Read()
    {
        int count = device.Receive(_batch);
        long now = DataPathThread.Now;
        PacketSource source = default;
        int first = 0;
        int end = 0;
        for (int i = 0; i < count; i++)
        {
            if (!UpcallFrame.TryDecode(_batch[i], physicals, out PacketSource from, out int datagram))
            {
                Ignored++;
                continue;
            }

            if (datagram != 0)
            {
                HandOver(in source, first, end, now);
                first = end;
                TakeApart(in from, _batch[i], datagram, now);
                continue;
            }

            if (end > first && from != source)
            {
                HandOver(in source, first, end, now);
                first = end;
            }

            source = from;
            (_batch[end], _batch[i]) = (_batch[i], _batch[end]);
            end++;
        }

        HandOver(in source, first, end, now);
    }

    private void TakeApart(in PacketSource source, PacketBuffer joined, int datagram, long now)
    {
        Received++;
        TunnelBatch batch = source.Encapsulation == Encapsulation.Vxlan ? _vxlan : _geneve;
        TunnelArrival arrival = new() { Source = source.Remote, Tos = source.Tos, SegmentSize = (ushort)datagram };
        batch.Add(node, in arrival, joined, now);
        batch.HandOver(node, now);
    }

    private void HandOver(in PacketSource source, int first, int end, long now)
    {
        if (end > first)
        {
            Received += end - first;
            node.ReceiveBatch(in source, _batch.AsSpan(first, end - first), now);
        }
    }
}
