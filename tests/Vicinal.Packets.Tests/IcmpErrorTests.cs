namespace Vicinal.Packets.Tests;

public sealed class IcmpErrorTests
{
    private static readonly IpAddress Router4 = IpAddress.Parse("10.0.0.1");
    private static readonly IpAddress Router6 = IpAddress.Parse("2001:db8::1");

    public static TheoryData<IcmpErrorKind, byte, byte, byte, byte> Codes => new()
    {
        { IcmpErrorKind.NoRoute, 3, 0, 1, 0 },
        { IcmpErrorKind.HostUnreachable, 3, 1, 1, 3 },
        { IcmpErrorKind.ProtocolUnreachable, 3, 2, 4, 1 },
        { IcmpErrorKind.PortUnreachable, 3, 3, 1, 4 },
        { IcmpErrorKind.PacketTooBig, 3, 4, 2, 0 },
        { IcmpErrorKind.AdministrativelyProhibited, 3, 13, 1, 1 },
        { IcmpErrorKind.TtlExceeded, 11, 0, 3, 0 },
        { IcmpErrorKind.ReassemblyTimeExceeded, 11, 1, 3, 1 },
    };

    [Theory]
    [MemberData(nameof(Codes))]
    public void Each_error_has_its_type_and_code_in_both_families(IcmpErrorKind kind, byte type4, byte code4, byte type6, byte code6)
    {
        foreach (FrameEnds ends in new[] { Frames.V4, Frames.V6 })
        {
            bool v4 = ends.Source.IsIpv4;
            byte[] frame = PacketBuilder.Udp(in ends, 1, 2, new byte[3000]);
            PacketBuffer answer = new();
            IcmpError.TryBuild(kind, frame, Frames.Parsed(frame), v4 ? Router4 : Router6, Frames.MacB, 1442, answer).ShouldBeTrue();
            PacketHeaders h = Frames.Parsed(answer.Span);
            (h.IcmpType, h.IcmpCode).ShouldBe(v4 ? (type4, code4) : (type6, code6));
            (h.Source, h.Destination).ShouldBe((v4 ? Router4 : Router6, ends.Source));
            (h.SourceMac, h.DestinationMac).ShouldBe((Frames.MacB, Frames.MacA));
            h.L3Length.ShouldBe(v4 ? 576 : 1280);
            Checksum.IsTransportRight(answer.Span, in h).ShouldBeTrue();
            answer.Span[h.EmbeddedOffset..].ToArray().ShouldBe(frame.AsSpan(14, h.End - h.EmbeddedOffset).ToArray());
        }
    }

    [Fact]
    public void No_error_is_sent_about_what_the_rfcs_exempt()
    {
        byte[] echo = PacketBuilder.EchoRequest(in Frames.V4, 1, 1, []);
        Sent(echo).ShouldBeTrue();
        PacketBuffer error = new();
        IcmpError.TryBuild(IcmpErrorKind.NoRoute, echo, Frames.Parsed(echo), Router4, Frames.MacB, 0, error).ShouldBeTrue();
        Sent(error.Span).ShouldBeFalse();

        Sent(Udp("0.0.0.0", "10.0.0.9")).ShouldBeFalse();
        Sent(Udp("10.0.0.5", "224.0.0.251")).ShouldBeFalse();
        Sent(Udp("10.0.0.5", "255.255.255.255")).ShouldBeFalse();
        Sent(Udp("241.0.0.5", "10.0.0.9")).ShouldBeFalse();
        Sent(Udp("::", "2001:db8::9")).ShouldBeFalse();
        Sent(Udp("2001:db8::5", "ff05::2")).ShouldBeFalse();
        Sent(PacketBuilder.Udp(Frames.V4 with { DestinationMac = MacAddress.Broadcast }, 1, 2, [])).ShouldBeFalse();
        Sent(PacketBuilder.ArpRequest(Frames.MacA, Frames.V4.Source, Frames.V4.Destination)).ShouldBeFalse();

        byte[] target = new byte[9000];
        byte[] large = PacketBuilder.Udp(in Frames.V4, 1, 2, new byte[3000]);
        SegmentRun run = Ipv4Fragmenter.Write(large, Frames.Parsed(large), 1500, 0, target);
        Sent(run.Frame(target, 0, 0)).ShouldBeTrue();
        Sent(run.Frame(target, 0, 1)).ShouldBeFalse();
    }

    [Fact]
    public void A_too_big_is_the_one_error_that_an_ipv6_group_gets()
    {
        byte[] frame = Udp("2001:db8::5", "ff05::2");
        IcmpError.MayBeSentAbout(IcmpErrorKind.PacketTooBig, Frames.Parsed(frame)).ShouldBeTrue();
        IcmpError.MayBeSentAbout(IcmpErrorKind.TtlExceeded, Frames.Parsed(frame)).ShouldBeFalse();
    }

    [Fact]
    public void An_echo_request_turns_into_its_reply()
    {
        foreach (FrameEnds ends in new[] { Frames.V4, Frames.V6 })
        {
            byte[] frame = PacketBuilder.EchoRequest(in ends, 9, 3, Frames.Payload, 7);
            PacketHeaders h = Frames.Parsed(frame);
            EchoReply.TryTurn(frame, ref h, ends.Destination, ends.DestinationMac).ShouldBeTrue();
            frame.ShouldBe(PacketBuilder.EchoReply(ends.Reversed, 9, 3, Frames.Payload));
            Frames.Parsed(frame).ShouldBe(h);
            EchoReply.TryTurn(frame, ref h, ends.Source, ends.SourceMac).ShouldBeFalse();
        }
    }

    private static byte[] Udp(string source, string destination)
    {
        FrameEnds ends = new(Frames.MacA, Frames.MacB, IpAddress.Parse(source), IpAddress.Parse(destination));
        return PacketBuilder.Udp(in ends, 1, 2, []);
    }

    private static bool Sent(ReadOnlySpan<byte> frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return IcmpError.TryBuild(IcmpErrorKind.HostUnreachable, frame, in h, h.IsIpv6 ? Router6 : Router4, Frames.MacB, 0, new PacketBuffer());
    }
}
