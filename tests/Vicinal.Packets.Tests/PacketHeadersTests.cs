using System.Buffers.Binary;

namespace Vicinal.Packets.Tests;

public sealed class PacketHeadersTests
{
    [Fact]
    public void A_tcp_segment_over_ipv4_is_read_in_all_its_fields()
    {
        byte[] frame = PacketBuilder.Tcp(in Frames.V4, Frames.Segment(TcpFlags.Syn | TcpFlags.Ece), Frames.Payload, options: [2, 4, 5, 0xB4]);
        PacketHeaders h = Frames.Parsed(frame);
        h.DestinationMac.ShouldBe(Frames.MacB);
        h.SourceMac.ShouldBe(Frames.MacA);
        h.EtherType.ShouldBe(EtherType.Ipv4);
        h.HasVlan.ShouldBeFalse();
        h.L3.ShouldBe(L3Kind.Ipv4);
        h.Source.ShouldBe(Frames.V4.Source);
        h.Destination.ShouldBe(Frames.V4.Destination);
        h.Protocol.ShouldBe(IpProtocol.Tcp);
        h.Ttl.ShouldBe((byte)64);
        (h.SourcePort, h.DestinationPort).ShouldBe(((ushort)40000, (ushort)443));
        h.TcpFlags.ShouldBe(TcpFlags.Syn | TcpFlags.Ece);
        (h.L3Offset, h.L4Offset, h.PayloadOffset, h.End).ShouldBe(((ushort)14, (ushort)34, (ushort)58, frame.Length));
        h.PayloadLength.ShouldBe(Frames.Payload.Length);
        h.HasOptions.ShouldBeFalse();
        h.IsFragment.ShouldBeFalse();
    }

    [Fact]
    public void Ethernet_padding_is_not_part_of_the_packet()
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, [9]);
        byte[] padded = new byte[60];
        padded.AsSpan().Fill(0xEE);
        frame.CopyTo(padded, 0);
        PacketHeaders h = Frames.Parsed(padded);
        h.End.ShouldBe(frame.Length);
        h.PayloadLength.ShouldBe(1);
        Checksum.IsTransportRight(padded, in h).ShouldBeTrue();
    }

    [Fact]
    public void Every_frame_cut_at_every_length_is_refused_and_never_over_read()
    {
        foreach ((string name, byte[] frame) in Frames.All())
        {
            for (int length = 0; length < frame.Length; length++)
            {
                // An array of its own: whoever reads beyond it is caught by the bounds check or reads another object's bytes.
                byte[] cut = frame[..length];
                PacketHeaders.Parse(cut, out _).ShouldNotBe(ParseResult.Ok, $"{name} cut at {length}");
            }

            Frames.Parsed(frame).End.ShouldBe(frame.Length, name);
        }
    }

    [Fact]
    public void A_vlan_tag_moves_everything_by_four_bytes_and_is_told()
    {
        byte[] plain = PacketBuilder.Udp(in Frames.V6, 5000, 53, Frames.Payload);
        PacketHeaders h = Frames.Parsed(PacketBuilder.Tagged(plain, new VlanTag(5, true, 42)));
        h.HasVlan.ShouldBeTrue();
        h.VlanId.ShouldBe((ushort)42);
        h.EtherType.ShouldBe(EtherType.Ipv6);
        h.L4Offset.ShouldBe((ushort)(Frames.Parsed(plain).L4Offset + 4));
        h.DestinationPort.ShouldBe((ushort)53);
    }

    [Theory]
    [InlineData("10.0.0.5", "127.0.0.1")]
    [InlineData("127.0.0.1", "10.0.0.5")]
    [InlineData("224.0.0.5", "10.0.0.5")]
    [InlineData("255.255.255.255", "10.0.0.5")]
    [InlineData("10.0.0.5", "0.0.0.0")]
    [InlineData("ff02::1", "2001:db8::1")]
    [InlineData("2001:db8::1", "::1")]
    [InlineData("2001:db8::1", "::")]
    public void Addresses_that_belong_on_no_wire_are_martian(string source, string destination)
    {
        FrameEnds ends = new(Frames.MacA, Frames.MacB, IpAddress.Parse(source), IpAddress.Parse(destination));
        PacketHeaders.Parse(PacketBuilder.Udp(in ends, 1, 2, []), out _).ShouldBe(ParseResult.MartianAddress);
    }

    [Theory]
    [InlineData(22)]
    [InlineData(38)]
    public void A_v4_mapped_address_in_ipv6_is_martian(int offset)
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V6, 1, 2, []);
        IpAddress.Parse("10.0.0.1").WriteIpv6(frame.AsSpan(offset));
        PacketHeaders.Parse(frame, out _).ShouldBe(ParseResult.MartianAddress);
    }

    [Fact]
    public void A_changed_bit_in_the_ipv4_header_is_a_bad_checksum()
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, []);
        frame[22] ^= 1;
        PacketHeaders.Parse(frame, out _).ShouldBe(ParseResult.BadIpv4Checksum);
    }

    [Fact]
    public void A_dhcp_discover_from_the_unspecified_address_is_fine()
    {
        FrameEnds ends = new(Frames.MacA, MacAddress.Broadcast, IpAddress.Ipv4Any, IpAddress.Parse("255.255.255.255"));
        Frames.Parsed(PacketBuilder.Udp(in ends, 68, 67, Frames.Payload)).DestinationPort.ShouldBe((ushort)67);
    }

    [Theory]
    [InlineData(0x2000, 0, true, true)]
    [InlineData(0x2001, 8, false, true)]
    [InlineData(0x0010, 128, false, false)]
    public void Ipv4_fragments_are_told_apart(ushort field, int offset, bool first, bool more)
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, new byte[24]);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(20), field);
        Reseal(frame);
        PacketHeaders h = Frames.Parsed(frame);
        (h.IsFragment, h.IsFirstFragment, h.IsLaterFragment, h.MoreFragments).ShouldBe((true, first, !first, more));
        h.FragmentOffset.ShouldBe((ushort)offset);
        h.HasTransport.ShouldBe(first);
    }

    [Theory]
    [InlineData(0x3FFF, 17)]
    [InlineData(0x1FFF, 17)]
    [InlineData(0x0001, 6)]
    public void Fragments_that_reach_too_far_or_hide_a_tcp_header_are_refused(ushort field, byte protocol)
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, new byte[24]);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(20), field);
        frame[23] = protocol;
        Reseal(frame);
        PacketHeaders.Parse(frame, out _).ShouldBe(ParseResult.BadFragment);
    }

    private static void Reseal(byte[] frame)
    {
        Span<byte> header = frame.AsSpan(14, 20);
        header[10] = header[11] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], Checksum.Compute(header));
    }
}
