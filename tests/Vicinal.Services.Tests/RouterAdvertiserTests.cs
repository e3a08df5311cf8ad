using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;

namespace Vicinal.Services.Tests;

public sealed class RouterAdvertiserTests
{
    private static readonly IpAddress LinkLocal = IpAddress.LinkLocalFor(Owner);

    private static readonly RouterAdvertisement Content = new()
    {
        CurrentHopLimit = 64,
        RouterLifetime = 1800,
        SourceLinkLayer = Owner,
        Mtu = 1442,
        Prefixes = [new AdvertisedPrefix(IpPrefix.Parse("2001:db8::/64", null), true, true, 86400, 14400)],
    };

    private readonly PacketBuffer _answer = new();

    [Fact]
    public void A_solicitation_is_answered_to_its_sender()
    {
        PacketBuffer question = Solicitation(IpAddress.LinkLocalFor(Asker), Asker);
        RouterAdvertiser.TryAnswer(Parsed(question.Span), question.Span, in Content, Owner, LinkLocal, _answer).ShouldBeTrue();
        PacketHeaders h = Parsed(_answer.Span);
        (h.Source, h.Destination, h.DestinationMac).ShouldBe((LinkLocal, IpAddress.LinkLocalFor(Asker), Asker));
        RouterAdvertisement.TryRead(_answer.Span, in h, out RouterAdvertisement read).ShouldBeTrue();
        read.ShouldBe(Content);
    }

    [Fact]
    public void A_solicitation_from_nobody_is_answered_to_all_nodes()
    {
        PacketBuffer question = Solicitation(IpAddress.Ipv6Any, null);
        RouterAdvertiser.TryAnswer(Parsed(question.Span), question.Span, in Content, Owner, LinkLocal, _answer).ShouldBeTrue();
        Parsed(_answer.Span).Destination.ShouldBe(NeighborFrame.AllNodes);
    }

    [Fact]
    public void A_routed_or_damaged_solicitation_is_not_answered()
    {
        PacketBuffer question = Solicitation(IpAddress.LinkLocalFor(Asker), Asker);
        PacketHeaders h = Parsed(question.Span);
        question.Span[^1] ^= 1;
        RouterAdvertiser.TryAnswer(in h, question.Span, in Content, Owner, LinkLocal, _answer).ShouldBeFalse();
        question.Span[^1] ^= 1;
        h.Ttl = 254;
        RouterAdvertiser.TryAnswer(in h, question.Span, in Content, Owner, LinkLocal, _answer).ShouldBeFalse();
    }

    private static PacketBuffer Solicitation(IpAddress source, MacAddress? mac)
    {
        PacketBuffer packet = new();
        RouterSolicitation message = new(mac);
        packet.Reset(NeighborMessage.MessageOffset + message.Size);
        message.Write(packet.Span[NeighborMessage.MessageOffset..]);
        MacAddress group = MacAddress.ForIpv6Multicast(NeighborFrame.AllRouters);
        NeighborMessage.Seal(packet.Span, new FrameEnds(Asker, group, source, NeighborFrame.AllRouters));
        return packet;
    }
}
