using System.Buffers.Binary;

namespace Vicinal.Packets.Tests;

public sealed class ChecksumTests
{
    [Fact]
    public void The_example_of_rfc_1071_sums_up_as_printed()
    {
        byte[] bytes = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];
        Checksum.Sum(bytes).ShouldBe(0xDDF2u);
        Checksum.Compute(bytes).ShouldBe((ushort)0x220D);
    }

    [Fact]
    public void The_example_of_rfc_1624_updates_to_zero() =>
        Checksum.Update(0xDD2F, (ushort)0x5555, (ushort)0x3285).ShouldBe((ushort)0);

    [Fact]
    public void Sums_of_any_length_and_alignment_equal_the_plain_definition() => Property.Holds(300, random =>
    {
        byte[] bytes = random.Bytes(random.Next(0, 2000));
        int skip = Math.Min(bytes.Length, random.Next(0, 9));
        Checksum.Sum(bytes.AsSpan(skip)).ShouldBe(PlainSum(bytes.AsSpan(skip)));
    });

    [Fact]
    public void A_full_64_kib_of_ones_does_not_overflow()
    {
        byte[] bytes = new byte[65535];
        bytes.AsSpan().Fill(0xFF);
        Checksum.Sum(bytes).ShouldBe(PlainSum(bytes));
    }

    [Fact]
    public void Differences_add_up_to_the_same_as_applying_them_one_by_one() => Property.Holds(300, random =>
    {
        ushort checksum = (ushort)random.Next(65536);
        (ushort a, ushort b) = ((ushort)random.Next(65536), (ushort)random.Next(65536));
        (uint c, uint d) = ((uint)random.NextInt64(), (uint)random.NextInt64());
        ushort together = Checksum.Apply(checksum, Checksum.Add(Checksum.Difference(a, b), Checksum.Difference(c, d)));
        Checksum.Update(Checksum.Update(checksum, a, b), c, d).ShouldBe(together);
    });

    [Fact]
    public void A_udp_checksum_that_comes_out_as_zero_is_sent_as_all_ones()
    {
        // The payload word is chosen such that the sum is 0xFFFF.
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, [0, 0]);
        PacketHeaders h = Frames.Parsed(frame);
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(h.L4Offset + 6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(h.PayloadOffset), checksum);
        Checksum.WriteTransport(frame, in h).ShouldBeTrue();
        BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(h.L4Offset + 6)).ShouldBe(ushort.MaxValue);
        Checksum.IsTransportRight(frame, in h).ShouldBeTrue();
    }

    [Fact]
    public void Udp_without_a_checksum_is_right_over_ipv4_and_wrong_over_ipv6()
    {
        foreach (FrameEnds ends in new[] { Frames.V4, Frames.V6 })
        {
            byte[] frame = PacketBuilder.Udp(in ends, 1, 2, Frames.Payload);
            PacketHeaders h = Frames.Parsed(frame);
            frame.AsSpan(h.L4Offset + 6, 2).Clear();
            Checksum.IsTransportRight(frame, in h).ShouldBe(ends.Source.IsIpv4);
        }
    }

    [Fact]
    public void Any_flipped_bit_behind_the_ip_header_is_noticed()
    {
        foreach ((string name, byte[] frame) in Frames.All().Where(f => f.Name != "arp"))
        {
            PacketHeaders h = Frames.Parsed(frame);
            Checksum.IsTransportRight(frame, in h).ShouldBeTrue(name);
            for (int bit = h.L4Offset * 8; bit < h.End * 8; bit += 5)
            {
                frame[bit / 8] ^= (byte)(1 << (bit % 8));
                Checksum.IsTransportRight(frame, in h).ShouldBeFalse(name);
                frame[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    public void A_partial_checksum_is_finished_to_what_a_full_one_would_be()
    {
        foreach ((string name, byte[] frame) in Frames.All().Where(f => f.Name.StartsWith("udp") || f.Name.StartsWith("tcp")))
        {
            // Ten bytes of Ethernet padding must not get into the sum.
            PacketBuffer packet = Partial([.. frame, .. Enumerable.Repeat((byte)0xAA, 10)]);
            Checksum.Finish(packet).ShouldBeTrue(name);
            packet.Offload.NeedsChecksum.ShouldBeFalse();
            packet.Span[..frame.Length].ToArray().ShouldBe(frame, name);
        }
    }

    [Theory]
    [InlineData(34, 60000)]
    [InlineData(60000, 6)]
    [InlineData(78, 0)]
    public void Checksum_offsets_outside_the_packet_change_nothing(ushort start, ushort offset)
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, Frames.Payload);
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        packet.Offload = new Offload { NeedsChecksum = true, ChecksumStart = start, ChecksumOffset = offset };
        Checksum.Finish(packet).ShouldBeFalse();
        packet.Span.ToArray().ShouldBe(frame);
    }

    /// <summary>The frame as a virtual NIC hands it over: only the pseudo-header's sum is in the checksum field.</summary>
    internal static PacketBuffer Partial(ReadOnlySpan<byte> frame)
    {
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        PacketHeaders h = Frames.Parsed(frame);
        int offset = IpProtocol.PseudoHeaderChecksumOffset(h.Protocol);
        ushort pseudo = Checksum.Fold(Checksum.PseudoHeader(h.Source, h.Destination, h.Protocol, h.End - h.L4Offset));
        BinaryPrimitives.WriteUInt16BigEndian(packet.Span[(h.L4Offset + offset)..], pseudo);
        packet.Offload = new Offload { NeedsChecksum = true, ChecksumStart = h.L4Offset, ChecksumOffset = (ushort)offset };
        return packet;
    }

    private static uint PlainSum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (uint)(bytes[i] << (i % 2 == 0 ? 8 : 0));
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return sum;
    }
}
