using Vicinal.Lab.Captures;
using Vicinal.Lab.Flows;
using Vicinal.Packets;

namespace Vicinal.Lab.Tests;

/// <summary>The questions that flows ask of what was captured.</summary>
public sealed class FrameLogTests
{
    private static readonly IpAddress s_a = IpAddress.Parse("10.1.0.5");
    private static readonly IpAddress s_b = IpAddress.Parse("10.2.0.6");
    private static readonly MacAddress s_mac = MacAddress.Parse("fa:16:3e:00:00:01", null);
    private static readonly byte[] s_inner = PacketBuilder.Udp(new FrameEnds(s_mac, s_mac, s_a, s_b), 1, 2, "x"u8);

    [Fact]
    public void A_tunnelled_frame_is_seen_with_its_network_and_its_inner_bytes()
    {
        TunnelledFrame inner = Frame("c1", "eth0", true, Tunnelled(s_inner)).Inner.ShouldNotBeNull();
        inner.Vni.ShouldBe(77u);
        inner.Bytes.ShouldBe(s_inner);
        inner.Headers.ShouldNotBeNull().Source.ShouldBe(s_a);
    }

    [Fact]
    public void A_plain_frame_has_nothing_inside() => Frame("c1", "eth1", true, s_inner).Inner.ShouldBeNull();

    [Fact]
    public void A_tunnel_packet_cut_at_any_length_is_read_without_harm()
    {
        byte[] whole = Tunnelled(s_inner);
        for (int length = 0; length < whole.Length; length++)
        {
            CapturedFrame cut = Frame("c1", "eth0", true, whole[..length]);
            _ = cut.Headers;
            _ = cut.Inner?.Headers;
        }
    }

    [Fact]
    public void Plain_and_tunnelled_frames_are_told_apart_and_both_directions_count()
    {
        FrameLog log = new(
        [
            Frame("c1", "eth0", true, Tunnelled(s_inner)), Frame("c1", "eth0", false, Tunnelled(Reversed())), Frame("c1", "tap1", false, s_inner), Frame("c2", "eth0", false, Tunnelled(s_inner)),
        ]);
        log.Tunnelled("c1", "eth0", s_a, s_b).ShouldBe(2);
        log.Plain("c1", "eth0", s_a, s_b).ShouldBe(0);
        log.Plain("c1", "tap1", s_b, s_a).ShouldBe(1);
        log.Carrying("c1", "eth0", s_b).ShouldBe(2);
        log.Sent("c1", "eth0", s_b).ShouldBe(1, "what was received is not sent");
        log.Carrying("c1", "eth0", IpAddress.Parse("10.9.9.9")).ShouldBe(0);
        log.PlainHeadersInto("c1", "tap1").ShouldHaveSingleItem().Destination.ShouldBe(s_b);
    }

    [Fact]
    public void A_report_without_a_check_does_not_pass()
    {
        FlowReport report = new("1", "title", "");
        report.Passed.ShouldBeFalse();
        report.Check("holds", holds: true);
        report.Passed.ShouldBeTrue();
        report.Broke(new LabException("broken"));
        report.Passed.ShouldBeFalse();
        report.Checks[^1].Evidence.ShouldBe("broken");
    }

    [Fact]
    public void Forged_frames_are_well_formed_but_for_their_lie()
    {
        foreach (byte[] frame in (byte[][])[ForgedArp(), Probes.ForgedFrames.NeighborAdvertisement(s_mac, IpAddress.Parse("2001:db8::2"), IpAddress.Parse("2001:db8::1")), Probes.ForgedFrames.RouterAdvertisement(s_mac)])
        {
            PacketHeaders.Parse(frame, out PacketHeaders headers).ShouldBe(ParseResult.Ok);
            (headers.IsArp || Checksum.IsTransportRight(frame, in headers)).ShouldBeTrue();
        }
    }

    private static byte[] ForgedArp() => Probes.ForgedFrames.Arp(s_mac, s_mac, s_a, s_b);

    private static byte[] Reversed() => PacketBuilder.Udp(new FrameEnds(s_mac, s_mac, s_b, s_a), 2, 1, "y"u8);

    private static CapturedFrame Frame(string place, string nic, bool outgoing, byte[] bytes) => new(place, nic, outgoing, bytes);

    private static byte[] Tunnelled(byte[] inner)
    {
        GeneveHeader header = new(77, 1, 2);
        byte[] payload = new byte[header.Size + inner.Length];
        header.Write(payload);
        inner.CopyTo(payload, header.Size);
        return PacketBuilder.Udp(new FrameEnds(s_mac, s_mac, IpAddress.Parse("172.31.0.11"), IpAddress.Parse("172.31.0.12")), 50_000, GeneveHeader.UdpPort, payload);
    }
}
