using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// Generic receive offload in software: grows one super-packet from in-order segments of one TCP flow, such that
/// <see cref="TcpSegmenter"/> would give the segments back. One instance holds one open flow; owned by the thread that receives.
/// </summary>
public sealed class TcpCoalescer
{
    private PacketBuffer? _head;
    private PacketHeaders _headers;
    private int _segmentSize;
    private int _count;
    private uint _nextSequence;
    private bool _closed;

    /// <summary>The packet under construction; null when none is open.</summary>
    public PacketBuffer? Head => _head;

    public int Count => _count;

    /// <summary>
    /// Opens a flow with its first segment. The buffer stays the caller's, who must leave it alone until <see cref="Complete"/>.
    /// False when the segment can never be merged: no plain data segment, IP options, a fragment, a wrong checksum.
    /// </summary>
    public bool TryBegin(PacketBuffer packet, in PacketHeaders h)
    {
        if (_head is not null || !IsMergeable(packet, in h) || (h.TcpFlags & TcpFlags.Cwr) != 0)
        {
            return false;
        }

        packet.SetLength(h.End);
        _head = packet;
        _headers = h;
        _segmentSize = h.PayloadLength;
        _count = 1;
        _nextSequence = Sequence(packet.Span, in h) + (uint)h.PayloadLength;
        _closed = (h.TcpFlags & (TcpFlags.Psh | TcpFlags.Fin)) != 0;
        return true;
    }

    /// <summary>Whether the packet is of the flow that is open, so that order demands <see cref="Complete"/> before it if it cannot be appended.</summary>
    public bool IsSameFlow(in PacketHeaders h) => _head is not null && h.Protocol == IpProtocol.Tcp
        && h.SourcePort == _headers.SourcePort && h.DestinationPort == _headers.DestinationPort
        && h.Source == _headers.Source && h.Destination == _headers.Destination;

    /// <summary>Appends the next segment's payload; on success the segment's own buffer is free again.</summary>
    public bool TryAppend(PacketBuffer packet, in PacketHeaders h)
    {
        if (_head is null || _closed || !IsSameFlow(in h) || !IsMergeable(packet, in h) || !Continues(packet.Span, in h))
        {
            return false;
        }

        int length = _head.Length;
        _head.SetLength(length + h.PayloadLength);
        packet.Span[h.PayloadOffset..h.End].CopyTo(_head.Span[length..]);
        _headers.TcpFlags |= h.TcpFlags;
        _nextSequence += (uint)h.PayloadLength;
        _count++;
        _closed = h.PayloadLength < _segmentSize || (h.TcpFlags & (TcpFlags.Psh | TcpFlags.Fin)) != 0;
        return true;
    }

    /// <summary>Finishes the headers and gives the packet up: with Offload set when it holds several segments, as it came when only one.</summary>
    public PacketBuffer? Complete()
    {
        PacketBuffer? packet = _head;
        _head = null;
        if (packet is null || _count == 1)
        {
            return packet;
        }

        Span<byte> frame = packet.Span;
        SegmentRun.PatchIp(frame, in _headers, frame.Length - _headers.L3Offset, 0);
        Span<byte> tcp = frame[_headers.L4Offset..];
        tcp[TcpHeader.FlagsOffset] = (byte)_headers.TcpFlags;
        ushort pseudo = Checksum.Fold(Checksum.PseudoHeader(_headers.Source, _headers.Destination, IpProtocol.Tcp, tcp.Length));
        BinaryPrimitives.WriteUInt16BigEndian(tcp[TcpHeader.ChecksumOffset..], pseudo);
        packet.Offload = new Offload
        {
            NeedsChecksum = true,
            Gso = _headers.IsIpv4 ? GsoType.TcpV4 : GsoType.TcpV6,
            GsoSize = (ushort)_segmentSize,
            HeaderLength = _headers.PayloadOffset,
            ChecksumStart = _headers.L4Offset,
            ChecksumOffset = TcpHeader.ChecksumOffset,
        };
        return packet;
    }

    /// <summary>A data segment with ACK and none of the flags that change a connection's state, whole, and with a checksum that holds.</summary>
    private static bool IsMergeable(PacketBuffer packet, in PacketHeaders h)
    {
        const TcpFlags Never = TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Urg;
        return h.Protocol == IpProtocol.Tcp && h.HasTransport && !h.HasOptions && !h.IsFragment
            && (h.TcpFlags & (TcpFlags.Ack | Never)) == TcpFlags.Ack && h.PayloadLength > 0
            && packet.Offload.Gso == GsoType.None
            && (packet.Offload.NeedsChecksum || packet.Offload.ChecksumValid || Checksum.IsTransportRight(packet.Span, in h));
    }

    private bool Continues(ReadOnlySpan<byte> frame, in PacketHeaders h)
    {
        const TcpFlags MayDiffer = TcpFlags.Psh | TcpFlags.Fin;
        ReadOnlySpan<byte> head = _head!.Span;
        return h.PayloadLength <= _segmentSize
            && Sequence(frame, in h) == _nextSequence
            && ((h.TcpFlags ^ _headers.TcpFlags) & ~MayDiffer) == 0
            && _head.Length + h.PayloadLength - _headers.L3Offset <= ushort.MaxValue
            && _head.Start + _head.Length + h.PayloadLength <= _head.Bytes.Length
            && h.L4Offset == _headers.L4Offset && h.PayloadOffset == _headers.PayloadOffset
            && frame[..h.L3Offset].SequenceEqual(head[..h.L3Offset])
            && SameIpHeader(frame, head, in h)
            && SameTcpHeader(frame[h.L4Offset..h.PayloadOffset], head[h.L4Offset..h.PayloadOffset]);
    }

    /// <summary>TTL, DSCP, ECN and flow label must agree, or the merged packet would hide what the network did to one of them.</summary>
    private bool SameIpHeader(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> head, in PacketHeaders h)
    {
        if (h.Ttl != _headers.Ttl)
        {
            return false;
        }

        if (h.IsIpv6)
        {
            return frame.Slice(h.L3Offset, 4).SequenceEqual(head.Slice(h.L3Offset, 4));
        }

        // With DF set the identification has no meaning (RFC 6864) and senders may hold it still; else it counts up, as the
        // segmenter will make it count again.
        bool nextId = (ushort)h.FragmentId == (ushort)(_headers.FragmentId + _count);
        bool sameId = h.DontFragment && h.FragmentId == _headers.FragmentId;
        return h.TrafficClass == _headers.TrafficClass && h.DontFragment == _headers.DontFragment && (nextId || sameId);
    }

    /// <summary>Acknowledgment, header length, window, urgent pointer and options; sequence, flags and checksum are judged elsewhere.</summary>
    private static bool SameTcpHeader(ReadOnlySpan<byte> tcp, ReadOnlySpan<byte> head) =>
        tcp.Slice(8, 5).SequenceEqual(head.Slice(8, 5))
        && tcp.Slice(14, 2).SequenceEqual(head.Slice(14, 2))
        && tcp[18..].SequenceEqual(head[18..]);

    private static uint Sequence(ReadOnlySpan<byte> frame, in PacketHeaders h) =>
        BinaryPrimitives.ReadUInt32BigEndian(frame[(h.L4Offset + TcpHeader.SequenceOffset)..]);
}
