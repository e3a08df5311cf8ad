using System.Buffers.Binary;

namespace Vicinal.Packets.Tests;

/// <summary>A packet of a guest's own tunnel, as Linux hands it to a packet socket: the inner checksum open, and to be cut or not.</summary>
internal sealed class TunnelFrame
{
    /// <summary>Wraps within a few pieces, as the identifications do.</summary>
    public const uint Sequence = 4_294_960_000;
    public const ushort OuterId = 65_533;
    public const ushort InnerId = 65_530;

    private static readonly byte[] s_timestamps = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];

    private readonly bool _innerEthernet;
    private readonly int _innerL3;

    private TunnelFrame(Random random, byte protocol, bool single, int payload)
    {
        Payload = random.Bytes(payload);
        OuterChecksum = random.Next(2) == 0;
        _innerEthernet = random.Next(4) != 0;
        TunnelHeader = random.Bytes(random.Next(3) == 0 ? 8 + (4 * random.Next(0, 10)) : VxlanHeader.Size);
        FrameEnds innerEnds = random.Ends();
        byte[] inner = protocol == IpProtocol.Tcp
            ? PacketBuilder.Tcp(in innerEnds, Frames.Segment(TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin | TcpFlags.Cwr, Sequence), Payload, options: s_timestamps)
            : PacketBuilder.Udp(in innerEnds, 5000, 443, Payload);
        SetId(inner, InnerId);
        inner = _innerEthernet && random.Next(3) == 0 ? PacketBuilder.Tagged(inner, new VlanTag(0, false, 7)) : inner;
        PacketHeaders h = Frames.Parsed(inner);
        int cut = _innerEthernet ? 0 : EthernetHeader.Size;
        FrameEnds outerEnds = random.Ends();
        byte[] outer = PacketBuilder.Udp(in outerEnds, 50_000, 4789, [.. TunnelHeader, .. inner[cut..]]);
        SetId(outer, OuterId);
        outer = random.Next(3) == 0 ? PacketBuilder.Tagged(outer, new VlanTag(0, false, 9)) : outer;
        PacketHeaders o = Frames.Parsed(outer);
        InnerStart = o.PayloadOffset + TunnelHeader.Length;
        _innerL3 = InnerStart + h.L3Offset - cut;
        int start = InnerStart + h.L4Offset - cut;
        int offset = IpProtocol.PseudoHeaderChecksumOffset(protocol);
        Packet.CopyFrom(outer);
        WritePseudo(start, offset, in h);
        if (!OuterChecksum)
        {
            Packet.Span.Slice(o.L4Offset + UdpHeader.ChecksumOffset, 2).Clear();
        }
        else if (!single)
        {
            WritePseudo(o.L4Offset, UdpHeader.ChecksumOffset, in o);
        }

        Packet.Offload = new Offload { NeedsChecksum = true, ChecksumStart = (ushort)start, ChecksumOffset = (ushort)offset };
        if (!single)
        {
            Packet.Offload.Gso = protocol == IpProtocol.Udp ? GsoType.UdpL4 : h.IsIpv4 ? GsoType.TcpV4 : GsoType.TcpV6;
            Packet.Offload.GsoSize = (ushort)random.Next(500, 1461);
        }
    }

    public PacketBuffer Packet { get; } = new();

    public byte[] Payload { get; }

    public bool OuterChecksum { get; }

    public byte[] TunnelHeader { get; }

    /// <summary>Where the inner Ethernet or IP header begins.</summary>
    public int InnerStart { get; }

    public static TunnelFrame Any(Random random, byte protocol, bool single = false, int payload = -1) =>
        new(random, protocol, single, payload >= 0 ? payload : random.Next(1, single ? 1300 : 60_000));

    /// <summary>What a piece, or the whole, carries; with an Ethernet header also where the tunnel has none inside.</summary>
    public byte[] InnerOf(ReadOnlySpan<byte> piece)
    {
        bool v4 = piece[_innerL3] >> 4 == 4;
        byte[] ethernet = [.. new byte[12], (byte)(v4 ? 0x08 : 0x86), (byte)(v4 ? 0x00 : 0xDD)];
        return [.. _innerEthernet ? [] : ethernet, .. piece[InnerStart..]];
    }

    /// <summary>Makes IPv4 header checksums right again, so that damage reaches what lies behind that check.</summary>
    public void RepairHeaderSums()
    {
        int outerL3 = Packet.Span[12] == 0x81 ? 18 : 14;
        foreach (int l3 in (int[])[outerL3, _innerL3])
        {
            Span<byte> ip = Packet.Span[l3..];
            if (ip[0] >> 4 == 4)
            {
                ip.Slice(10, 2).Clear();
                BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum.Compute(ip[..Math.Max(20, (ip[0] & 0xF) * 4)]));
            }
        }
    }

    private static void SetId(byte[] frame, ushort id)
    {
        if (frame[12] == 0x08)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(18), id);
            frame.AsSpan(24, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum.Compute(frame.AsSpan(14, 20)));
        }
    }

    private void WritePseudo(int transport, int offset, in PacketHeaders h) => BinaryPrimitives.WriteUInt16BigEndian(
        Packet.Span[(transport + offset)..],
        Checksum.Fold(Checksum.PseudoHeader(h.Source, h.Destination, h.Protocol, h.End - h.L4Offset)));
}
