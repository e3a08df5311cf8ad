namespace Vicinal.Packets.Tests;

/// <summary>The same frames as another implementation writes them; Golden/frames.py made the file.</summary>
public sealed class GoldenFrameTests
{
    internal static readonly Dictionary<string, byte[]> Golden = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", "frames.txt"))
        .Select(line => line.Split(' '))
        .ToDictionary(parts => parts[0], parts => Convert.FromHexString(parts[1]), StringComparer.Ordinal);

    [Fact]
    public void Built_frames_equal_those_of_scapy_byte_for_byte()
    {
        PacketBuilder.Udp(in Frames.V4, 5000, 53, Frames.Payload).ShouldBe(Golden["udp4"]);
        PacketBuilder.Udp(in Frames.V6, 5000, 53, Frames.Payload).ShouldBe(Golden["udp6"]);
        byte[] options = [2, 4, 5, 0xB4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7];
        PacketBuilder.Tcp(in Frames.V4, Frames.Segment(TcpFlags.Syn | TcpFlags.Ack), [], options: options).ShouldBe(Golden["tcp4"]);
        PacketBuilder.Tcp(in Frames.V6, Frames.Segment(TcpFlags.Psh | TcpFlags.Ack), Frames.Payload).ShouldBe(Golden["tcp6"]);
        PacketBuilder.EchoRequest(in Frames.V4, 77, 1, Frames.Payload).ShouldBe(Golden["echo4"]);
        PacketBuilder.EchoRequest(in Frames.V6, 77, 1, Frames.Payload).ShouldBe(Golden["echo6"]);
        PacketBuilder.ArpRequest(Frames.MacA, Frames.V4.Source, Frames.V4.Destination).ShouldBe(Golden["arp"]);
        PacketBuilder.Tagged(PacketBuilder.Udp(in Frames.V4, 5000, 53, Frames.Payload), new VlanTag(3, false, 101)).ShouldBe(Golden["vlan"]);
    }

    [Fact]
    public void Built_errors_equal_those_of_scapy_byte_for_byte()
    {
        PacketBuffer answer = new();
        byte[] four = Golden["udp4"];
        IcmpError.TryBuild(IcmpErrorKind.PacketTooBig, four, Frames.Parsed(four), IpAddress.Parse("10.0.0.1"), Frames.MacB, 1442, answer).ShouldBeTrue();
        answer.Span.ToArray().ShouldBe(Golden["toobig4"]);
        byte[] six = Golden["udp6"];
        IcmpError.TryBuild(IcmpErrorKind.PacketTooBig, six, Frames.Parsed(six), IpAddress.Parse("2001:db8::1"), Frames.MacB, 1422, answer).ShouldBeTrue();
        answer.Span.ToArray().ShouldBe(Golden["toobig6"]);
    }

    [Fact]
    public void Neighbour_discovery_reads_what_scapy_wrote_and_writes_it_again()
    {
        IpAddress nine = IpAddress.Parse("2001:db8::9");
        byte[] ns = Golden["ns"];
        NeighborSolicitation.TryRead(ns, Frames.Parsed(ns), out NeighborSolicitation solicitation).ShouldBeTrue();
        solicitation.ShouldBe(new NeighborSolicitation(nine, Frames.MacA));
        Rewritten(ns, solicitation.Write).ShouldBe(ns);

        byte[] na = Golden["na"];
        NeighborAdvertisement.TryRead(na, Frames.Parsed(na), out NeighborAdvertisement advertisement).ShouldBeTrue();
        advertisement.ShouldBe(new NeighborAdvertisement(nine, true, true, true, Frames.MacB));
        Rewritten(na, advertisement.Write).ShouldBe(na);

        byte[] ra = Golden["ra"];
        RouterAdvertisement.TryRead(ra, Frames.Parsed(ra), out RouterAdvertisement router).ShouldBeTrue();
        router.ShouldBe(new RouterAdvertisement
        {
            CurrentHopLimit = 64,
            Managed = true,
            OtherConfiguration = true,
            RouterLifetime = 1800,
            SourceLinkLayer = Frames.MacB,
            Mtu = 1442,
            Prefixes = [new AdvertisedPrefix(IpPrefix.Parse("2001:db8::/64", null), true, true, 86400, 14400)],
        });
        Rewritten(ra, router.Write).ShouldBe(ra);
    }

    [Fact]
    public void Tunnel_headers_read_what_scapy_wrote_and_write_it_again()
    {
        byte[] target = new byte[16];
        GeneveHeader.TryRead(Golden["geneve"], out GeneveHeader geneve, out int size).ShouldBeTrue();
        geneve.ShouldBe(new GeneveHeader(0xABCDEF, 3, 4));
        size.ShouldBe(16);
        geneve.Write(target);
        target.ShouldBe(Golden["geneve"][..16]);

        VxlanHeader.TryRead(Golden["vxlan"], out VxlanHeader vxlan).ShouldBeTrue();
        vxlan.Vni.ShouldBe(0xABCDEFu);
        vxlan.Write(target);
        target[..8].ShouldBe(Golden["vxlan"][..8]);

        GreHeader.TryRead(Golden["gre"], out GreHeader gre, out size).ShouldBeTrue();
        gre.ShouldBe(new GreHeader(EtherType.TransparentBridging, 0xABCDEF));
        size.ShouldBe(8);
        gre.Write(target);
        target[..8].ShouldBe(Golden["gre"][..8]);
    }

    [Fact]
    public void A_first_ipv6_fragment_behind_hop_by_hop_options_is_read()
    {
        PacketHeaders h = Frames.Parsed(Golden["frag6"]);
        (h.IsFirstFragment, h.MoreFragments, h.HasOptions, h.FragmentId).ShouldBe((true, true, true, 0x1234u));
        (h.Protocol, h.SourcePort, h.DestinationPort).ShouldBe((IpProtocol.Udp, (ushort)5000, (ushort)53));
        h.L4Offset.ShouldBe((ushort)(14 + 40 + 8 + 8));
    }

    [Fact]
    public void Every_golden_frame_cut_at_every_length_is_refused()
    {
        foreach ((string name, byte[] frame) in Golden.Where(g => g.Key is not ("vxlan" or "geneve" or "gre")))
        {
            Checksum.IsTransportRight(frame, Frames.Parsed(frame)).ShouldBeTrue(name);
            for (int length = 0; length < frame.Length; length++)
            {
                PacketHeaders.Parse(frame.AsSpan(0, length), out _).ShouldNotBe(ParseResult.Ok, $"{name} cut at {length}");
            }
        }
    }

    private static byte[] Rewritten(byte[] original, WriteMessage write)
    {
        byte[] frame = new byte[original.Length];
        PacketHeaders h = Frames.Parsed(original);
        write(frame.AsSpan(NeighborMessage.MessageOffset));
        NeighborMessage.Seal(frame, new FrameEnds(h.SourceMac, h.DestinationMac, h.Source, h.Destination));
        return frame;
    }

    private delegate void WriteMessage(Span<byte> target);
}
