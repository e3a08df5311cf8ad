namespace Vicinal.Packets.Tests;

public sealed class NeighborMessageTests
{
    private static readonly IpAddress Host = IpAddress.Parse("2001:db8::5");
    private static readonly IpAddress Target = IpAddress.Parse("2001:db8::9");

    [Fact]
    public void A_solicitation_from_beyond_the_link_is_refused() =>
        Solicited(Host, Target.SolicitedNodeMulticast(), f => f[21] = 254).ShouldBeFalse();

    [Fact]
    public void A_solicitation_for_a_group_or_nobody_is_refused()
    {
        Solicited(Host, Target.SolicitedNodeMulticast(), f => IpAddress.Parse("ff02::1").WriteIpv6(f.AsSpan(62))).ShouldBeFalse();
        Solicited(Host, Target.SolicitedNodeMulticast(), f => IpAddress.Ipv6Any.WriteIpv6(f.AsSpan(62))).ShouldBeFalse();
        Solicited(Host, Target.SolicitedNodeMulticast(), f => IpAddress.Parse("10.0.0.1").WriteIpv6(f.AsSpan(62))).ShouldBeFalse();
    }

    [Fact]
    public void An_option_of_length_zero_or_beyond_the_message_is_refused()
    {
        Solicited(Host, Target.SolicitedNodeMulticast(), f => f[79] = 0).ShouldBeFalse();
        Solicited(Host, Target.SolicitedNodeMulticast(), f => f[79] = 2).ShouldBeFalse();
        Solicited(Host, Target.SolicitedNodeMulticast(), f => f[78] = 99).ShouldBeTrue();
    }

    [Fact]
    public void A_duplicate_address_probe_tells_no_link_layer_address_and_goes_to_the_group()
    {
        Probe(null, Target.SolicitedNodeMulticast()).ShouldBeTrue();
        Probe(Frames.MacA, Target.SolicitedNodeMulticast()).ShouldBeFalse();
        Probe(null, Target).ShouldBeFalse();
    }

    [Fact]
    public void Two_link_layer_options_that_disagree_are_refused()
    {
        byte[] options = new byte[16];
        NeighborOptions.WriteLinkLayer(options, 1, Frames.MacA);
        NeighborOptions.WriteLinkLayer(options.AsSpan(8), 1, Frames.MacB);
        NeighborOptions.TryFindLinkLayer(options, 1, out _).ShouldBeFalse();
        NeighborOptions.WriteLinkLayer(options.AsSpan(8), 1, Frames.MacA);
        NeighborOptions.TryFindLinkLayer(options, 1, out MacAddress? mac).ShouldBeTrue();
        mac.ShouldBe(Frames.MacA);
    }

    [Fact]
    public void An_advertisement_that_claims_to_be_solicited_is_not_sent_to_a_group()
    {
        foreach (bool solicited in new[] { true, false })
        {
            NeighborAdvertisement message = new(Target, false, solicited, true, Frames.MacB);
            byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
            message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
            NeighborMessage.Seal(frame, new FrameEnds(Frames.MacB, Frames.MacA, Target, IpAddress.Parse("ff02::1")));
            NeighborAdvertisement.TryRead(frame, Frames.Parsed(frame), out _).ShouldBe(!solicited);
        }
    }

    [Fact]
    public void Router_messages_are_read_back_as_written()
    {
        RouterSolicitation message = new(Frames.MacA);
        byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
        message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
        NeighborMessage.Seal(frame, new FrameEnds(Frames.MacA, Frames.MacB, IpAddress.Parse("fe80::1"), IpAddress.Parse("ff02::2")));
        RouterSolicitation.TryRead(frame, Frames.Parsed(frame), out RouterSolicitation read).ShouldBeTrue();
        read.ShouldBe(message);
        RouterAdvertisement.TryRead(frame, Frames.Parsed(frame), out _).ShouldBeFalse();
    }

    private static bool Solicited(IpAddress source, IpAddress destination, Action<byte[]> change)
    {
        byte[] frame = Solicitation(source, destination, Frames.MacA);
        change(frame);
        return NeighborSolicitation.TryRead(frame, Frames.Parsed(frame), out _);
    }

    private static bool Probe(MacAddress? mac, IpAddress destination)
    {
        byte[] frame = Solicitation(IpAddress.Ipv6Any, destination, mac);
        return NeighborSolicitation.TryRead(frame, Frames.Parsed(frame), out _);
    }

    private static byte[] Solicitation(IpAddress source, IpAddress destination, MacAddress? mac)
    {
        NeighborSolicitation message = new(Target, mac);
        byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
        message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
        NeighborMessage.Seal(frame, new FrameEnds(Frames.MacA, Frames.MacB, source, destination));
        return frame;
    }
}
