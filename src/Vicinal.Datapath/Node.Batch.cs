using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>Packets that came in together: all are read, all are looked up, and then one after the other is forwarded.</content>
public sealed partial class Node
{
    /// <summary>What these packets' headers, keys, entries and first bytes take fits the processor's first cache.</summary>
    private const int BatchSize = 32;

    // What was read of the batch under way, by the packets' places in it. It is empty between calls.
    private readonly Arrival[] _arrivals = new Arrival[BatchSize];
    private readonly FlowKey[] _keys = new FlowKey[BatchSize];
    private readonly int[] _slots = new int[BatchSize];

    /// <summary>
    /// Does what <see cref="Receive"/> does for each packet in turn, and shares the waits for memory among them. All came in by one source;
    /// of a tunnel their networks may differ. The buffers are different ones. Outputs must not call back.
    /// </summary>
    public void ReceiveBatch(in PacketSource source, ReadOnlySpan<PacketBuffer> packets, long now)
    {
        RemoteNode? peer = PeerOf(in source);
        while (packets.Length > BatchSize)
        {
            ReceiveBatch(in source, peer, packets[..BatchSize], now);
            packets = packets[BatchSize..];
        }

        ReceiveBatch(in source, peer, packets, now);
    }

    private void ReceiveBatch(in PacketSource source, RemoteNode? peer, ReadOnlySpan<PacketBuffer> packets, long now)
    {
        Span<Arrival> arrivals = _arrivals.AsSpan(0, packets.Length);
        Span<FlowKey> keys = _keys.AsSpan(0, packets.Length);
        Span<int> slots = _slots.AsSpan(0, packets.Length);
        for (int i = 0; i < packets.Length; i++)
        {
            _ = TryRead(in source, peer, packets[i], out arrivals[i], out keys[i]);
        }

        _flows.Find(keys, slots);
        uint found = _flows.Changes;
        for (int i = 0; i < packets.Length; i++)
        {
            Counters.Received++;
            if (arrivals[i].Refusal != DropReason.None)
            {
                CountDrop(in source, arrivals[i].Refusal);
                continue;
            }

            // A packet before this one may have put or removed flows, this one's among them. Its cache lines are here by now.
            int slot = _flows.Changes == found ? slots[i] : _flows.Find(in keys[i]);
            Forward(in source, packets[i], in arrivals[i], in keys[i], slot, now);
        }
    }
}
