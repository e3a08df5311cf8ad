namespace Vicinal.Packets.Tests;

/// <summary>Each representation is read back as it was written, and refuses itself cut at any offset.</summary>
public sealed class CodecTests
{
    private delegate bool Read<T>(ReadOnlySpan<byte> bytes, out T value);

    private delegate void Write(Span<byte> target);

    [Fact]
    public void Headers_are_read_back_as_written_and_refuse_to_be_cut() => Property.Holds(50, random =>
    {
        EthernetHeader ethernet = new(new MacAddress((ulong)random.NextInt64()), Frames.MacA, (ushort)random.Next(65536));
        RoundTrip(ethernet, EthernetHeader.Size, EthernetHeader.TryRead, ethernet.Write);

        ArpMessage arp = new((ushort)random.Next(65536), Frames.MacA, random.Address(true), Frames.MacB, random.Address(true));
        RoundTrip(arp, ArpMessage.Size, ArpMessage.TryRead, arp.Write);

        Ipv6Header v6 = new()
        {
            TrafficClass = (byte)random.Next(256),
            FlowLabel = (uint)random.Next(1 << 20),
            NextHeader = (byte)random.Next(256),
            HopLimit = (byte)random.Next(256),
            Source = random.Address(false),
            Destination = random.Address(false),
        };
        RoundTrip(v6, Ipv6Header.Size, Ipv6Header.TryRead, v6.Write);

        TcpHeader tcp = Frames.Segment((TcpFlags)random.Next(256), (uint)random.NextInt64()) with
        {
            HeaderLength = 20,
            Checksum = (ushort)random.Next(65536),
            UrgentPointer = (ushort)random.Next(65536),
        };
        RoundTrip(tcp, TcpHeader.Size, TcpHeader.TryRead, tcp.Write);

        UdpHeader udp = new((ushort)random.Next(65536), (ushort)random.Next(65536), 8, (ushort)random.Next(65536));
        RoundTrip(udp, UdpHeader.Size, UdpHeader.TryRead, udp.Write);

        IcmpHeader icmp = new((byte)random.Next(256), (byte)random.Next(256), (ushort)random.Next(65536), (uint)random.NextInt64());
        RoundTrip(icmp, IcmpHeader.Size, IcmpHeader.TryRead, icmp.Write);

        VxlanHeader vxlan = new((uint)random.Next(1 << 24));
        RoundTrip(vxlan, VxlanHeader.Size, VxlanHeader.TryRead, vxlan.Write);

        GeneveHeader geneve = new((uint)random.Next(1 << 24), (ushort)random.Next(1 << 15), (ushort)random.Next(65536));
        RoundTrip(geneve, GeneveHeader.SizeWithPortKeys, TryReadGeneve, geneve.Write);

        GeneveHeader bare = new((uint)random.Next(1 << 24), EtherType.TransparentBridging, true, false, 0, 0);
        RoundTrip(bare, GeneveHeader.BaseSize, TryReadGeneve, bare.Write);

        GreHeader gre = new(EtherType.TransparentBridging, (uint)random.NextInt64());
        RoundTrip(gre, GreHeader.Size, TryReadGre, gre.Write);
    });

    [Fact]
    public void An_ipv4_header_is_read_back_with_its_checksum() => Property.Holds(100, random =>
    {
        Ipv4Header header = new()
        {
            HeaderLength = 20,
            TrafficClass = (byte)random.Next(256),
            TotalLength = 20,
            Id = (ushort)random.Next(65536),
            DontFragment = random.Next(2) == 0,
            MoreFragments = random.Next(2) == 0,
            FragmentOffset = (ushort)(random.Next(8192) * 8),
            Ttl = (byte)random.Next(256),
            Protocol = (byte)random.Next(256),
            Source = random.Address(true),
            Destination = random.Address(true),
        };
        byte[] bytes = new byte[20];
        header.Write(bytes);
        Ipv4Header.TryRead(bytes, out Ipv4Header read).ShouldBeTrue();
        read.ShouldBe(header with { HeaderChecksum = read.HeaderChecksum });
        Checksum.IsRight(bytes).ShouldBeTrue();
    });

    [Fact]
    public void Pushing_and_popping_a_tag_gives_the_frame_and_its_offload_back()
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, Frames.Payload);
        PacketBuffer packet = ChecksumTests.Partial(frame);
        packet.Offload.HeaderLength = 42;
        byte[] before = packet.Span.ToArray();
        Offload offload = packet.Offload;
        new VlanTag(2, false, 99).Push(packet);
        packet.Span.ToArray().ShouldBe(PacketBuilder.Tagged(before, new VlanTag(2, false, 99)));
        (packet.Offload.ChecksumStart, packet.Offload.HeaderLength).ShouldBe(((ushort)38, (ushort)46));
        VlanTag.TryPop(packet, out VlanTag tag).ShouldBeTrue();
        (tag.Id, tag.Priority, tag.DropEligible).ShouldBe(((ushort)99, (byte)2, false));
        packet.Span.ToArray().ShouldBe(before);
        packet.Offload.ShouldBe(offload);
        VlanTag.TryPop(packet, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("geneve version 1", "4000655800000100")]
    [InlineData("geneve options beyond the packet", "0100655800000100")]
    [InlineData("geneve option beyond the options", "010065580000010001020001")]
    [InlineData("geneve unknown critical option", "010065580000010001038000")]
    [InlineData("geneve port keys of two words", "0300655800000100010280020000000000000000")]
    [InlineData("geneve port keys twice", "04006558000001000102800100030004" + "0102800100030004")]
    public void Geneve_headers_that_do_not_add_up_are_refused(string what, string hex) =>
        GeneveHeader.TryRead(Convert.FromHexString(hex), out _, out _).ShouldBeFalse(what);

    [Fact]
    public void Unknown_geneve_options_that_are_not_critical_are_skipped()
    {
        byte[] good = Convert.FromHexString("0440655800000100" + "FFFF010100000000" + "0102800100050006");
        GeneveHeader.TryRead(good, out GeneveHeader header, out int size).ShouldBeTrue();
        (header.IngressPortKey, header.EgressPortKey, size).ShouldBe(((ushort)5, (ushort)6, 24));
    }

    [Theory]
    [InlineData("vxlan without a vni", "0000000000000100")]
    public void Vxlan_without_the_i_flag_is_refused(string what, string hex) =>
        VxlanHeader.TryRead(Convert.FromHexString(hex), out _).ShouldBeFalse(what);

    [Theory]
    [InlineData("0000655800000001", 0)]
    [InlineData("2001655800000001", 0)]
    [InlineData("6000655800000001", 0)]
    [InlineData("2800655800000001", 0)]
    [InlineData("2400655800000001", 0)]
    [InlineData("23F8655800000001", 8)]
    [InlineData("A000655800000001", 0)]
    [InlineData("A00065580000000000000001", 12)]
    [InlineData("300065580000000100000009", 12)]
    [InlineData("B0006558000000000000000100000009", 16)]
    public void Gre_needs_a_key_and_skips_what_is_optional(string hex, int expected)
    {
        GreHeader.TryRead(Convert.FromHexString(hex), out GreHeader header, out int size).ShouldBe(expected != 0);
        if (expected != 0)
        {
            (header.Key, size).ShouldBe((1u, expected));
        }
    }

    [Theory]
    [InlineData("00020800060400010A")]
    [InlineData("0001080006040001")]
    [InlineData("0001080006050001000000000000000000000000000000000000000000000000")]
    public void Arp_of_other_hardware_or_lengths_is_refused(string hex) =>
        ArpMessage.TryRead(Convert.FromHexString(hex), out _).ShouldBeFalse();

    private static bool TryReadGeneve(ReadOnlySpan<byte> bytes, out GeneveHeader header) => GeneveHeader.TryRead(bytes, out header, out _);

    private static bool TryReadGre(ReadOnlySpan<byte> bytes, out GreHeader header) => GreHeader.TryRead(bytes, out header, out _);

    private static void RoundTrip<T>(T value, int size, Read<T> read, Write write)
    {
        byte[] bytes = new byte[size];
        write(bytes);
        read(bytes, out T again).ShouldBeTrue();
        again.ShouldBe(value);
        for (int length = 0; length < size; length++)
        {
            read(bytes.AsSpan(0, length), out _).ShouldBeFalse($"{typeof(T).Name} cut at {length}");
        }
    }
}
