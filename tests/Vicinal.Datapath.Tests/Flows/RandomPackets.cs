using System.Buffers.Binary;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

/// <summary>Packets of every protocol that is rewritten, and what a walk may make of them.</summary>
internal static class RandomPackets
{
    public static PacketBuffer Any(Random random, out PacketHeaders headers)
    {
        FrameEnds ends = new(Mac(random), Mac(random), default, default);
        bool v4 = random.Next(2) == 0;
        ends = ends with { Source = Address(random, v4), Destination = Address(random, v4) };
        byte[] payload = new byte[random.Next(0, 200)];
        random.NextBytes(payload);
        byte ttl = (byte)random.Next(2, 256);
        byte[] frame = random.Next(4) switch
        {
            0 => PacketBuilder.Udp(ends, Port(random), Port(random), payload, ttl),
            1 => PacketBuilder.EchoRequest(ends, Port(random), 1, payload, ttl),
            2 => PacketBuilder.EchoReply(ends, Port(random), 1, payload, ttl),
            _ => PacketBuilder.Tcp(ends, new TcpHeader
            {
                SourcePort = Port(random),
                DestinationPort = Port(random),
                Flags = TcpFlags.Ack,
                Sequence = (uint)random.Next(),
                Window = 100,
            }, payload, ttl),
        };
        headers = TrackerHarness.Parse(frame);
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        return packet;
    }

    /// <summary>The headers as some walk could leave them: each field that may change does half of the time.</summary>
    public static PacketHeaders Rewrite(Random random, in PacketHeaders before)
    {
        PacketHeaders after = before;
        after.DestinationMac = random.Next(2) == 0 ? after.DestinationMac : Mac(random);
        after.SourceMac = random.Next(2) == 0 ? after.SourceMac : Mac(random);
        after.Source = random.Next(2) == 0 ? after.Source : Address(random, before.IsIpv4);
        after.Destination = random.Next(2) == 0 ? after.Destination : Address(random, before.IsIpv4);
        after.Ttl -= (byte)random.Next(0, Math.Min((int)after.Ttl, 3));
        if (before.HasPorts)
        {
            after.SourcePort = random.Next(2) == 0 ? after.SourcePort : Port(random);
            after.DestinationPort = random.Next(2) == 0 ? after.DestinationPort : Port(random);
        }
        else if (before.IsIcmpQuery)
        {
            after.IcmpId = random.Next(2) == 0 ? after.IcmpId : Port(random);
        }

        return after;
    }

    /// <summary>Leaves only the pseudo-header's sum in the TCP or UDP checksum, as a guest does that counts on its device.</summary>
    public static bool MakePartial(PacketBuffer packet, in PacketHeaders h)
    {
        if (h.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
        {
            return false;
        }

        ushort offset = (ushort)IpProtocol.PseudoHeaderChecksumOffset(h.Protocol);
        uint sum = Checksum.PseudoHeader(h.Source, h.Destination, h.Protocol, h.End - h.L4Offset);
        BinaryPrimitives.WriteUInt16BigEndian(packet.Span[(h.L4Offset + offset)..], Checksum.Fold(sum));
        packet.Offload.NeedsChecksum = true;
        packet.Offload.ChecksumStart = h.L4Offset;
        packet.Offload.ChecksumOffset = offset;
        return true;
    }

    private static MacAddress Mac(Random random) => new((ulong)random.NextInt64() & 0xFEFF_FFFF_FFFF);

    private static ushort Port(Random random) => (ushort)random.Next(0, 65536);

    private static IpAddress Address(Random random, bool v4) => v4
        ? IpAddress.FromIpv4((uint)random.Next(0x0B00_0000, 0x7EFF_FFFF))
        : new IpAddress(0x2001_0DB8_0000_0000UL | (uint)random.Next(), (ulong)random.NextInt64());
}
