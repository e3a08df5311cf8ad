using Vicinal.Datapath;
using Vicinal.Devices.Tunnels;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Transmit;

/// <summary>
/// Gathers the packets that came from one peer in a row, and hands them to the node together. What the kernel joined is taken apart
/// here. Owned by the data-path thread.
/// </summary>
internal sealed class TunnelBatch(Encapsulation encapsulation)
{
    private const int Size = 64;

    /// <summary>A segment of a jumbo frame with its tunnel header; a longer one takes the large buffer, and goes alone.</summary>
    private const int LargestPiece = 9216;

    private readonly PacketBuffer[] _packets = new PacketBuffer[Size];
    private readonly PacketBuffer[] _pieces = [.. Enumerable.Range(0, Size).Select(_ => new PacketBuffer(PacketBuffer.Headroom + LargestPiece))];
    private readonly PacketBuffer _large = new();
    private PacketSource _source;
    private int _count;

    /// <param name="received">Left alone until <see cref="HandOver"/>.</param>
    public void Add(Node node, in TunnelArrival arrival, PacketBuffer received, long now)
    {
        if (_source.Remote != arrival.Source || _source.Tos != arrival.Tos)
        {
            HandOver(node, now);
            _source = PacketSource.Tunnel(arrival.Source, arrival.Tos, encapsulation);
        }

        int size = arrival.SegmentSize;
        if (size == 0 || size >= received.Length)
        {
            Add(node, received, now);
            return;
        }

        for (int at = 0; at < received.Length; at += size)
        {
            AddPiece(node, received.Span.Slice(at, Math.Min(size, received.Length - at)), now);
        }
    }

    /// <summary>The node has seen all that came when this returns.</summary>
    public void HandOver(Node node, long now)
    {
        int count = _count;
        _count = 0;
        if (count > 0)
        {
            node.ReceiveBatch(in _source, _packets.AsSpan(0, count), now);
        }
    }

    private void AddPiece(Node node, ReadOnlySpan<byte> piece, long now)
    {
        if (piece.Length <= LargestPiece)
        {
            // The place in the batch is the piece's buffer's too, so that no buffer is in a batch twice.
            PacketBuffer packet = _pieces[_count];
            packet.CopyFrom(piece);
            Add(node, packet, now);
            return;
        }

        HandOver(node, now);
        _large.CopyFrom(piece);
        node.Receive(in _source, _large, now);
    }

    private void Add(Node node, PacketBuffer packet, long now)
    {
        _packets[_count++] = packet;
        if (_count == Size)
        {
            HandOver(node, now);
        }
    }
}
