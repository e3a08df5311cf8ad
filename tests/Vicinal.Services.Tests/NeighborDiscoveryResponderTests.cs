using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;

namespace Vicinal.Services.Tests;

public sealed class NeighborDiscoveryResponderTests
{
    private readonly PacketBuffer _answer = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_solicitation_is_answered_to_its_sender_as_solicited(bool router)
    {
        PacketBuffer question = Solicitation(Asker6, Owner6);
        Answered(question, router: router).ShouldBeTrue();
        PacketHeaders h = Parsed(_answer.Span);
        (h.SourceMac, h.DestinationMac, h.Source, h.Destination, h.Ttl).ShouldBe((Owner, Asker, Owner6, Asker6, (byte)255));
        Advertisement(_answer).ShouldBe(new NeighborAdvertisement(Owner6, router, true, true, Owner));
    }

    [Fact]
    public void A_duplicate_address_probe_of_anothers_address_hears_of_the_conflict()
    {
        Answered(Solicitation(IpAddress.Ipv6Any, Owner6)).ShouldBeTrue();
        PacketHeaders h = Parsed(_answer.Span);
        (h.Destination, h.DestinationMac).ShouldBe((IpAddress.Parse("ff02::1"), MacAddress.Parse("33:33:00:00:00:01")));
        Advertisement(_answer).Solicited.ShouldBeFalse();
    }

    [Fact]
    public void The_owners_own_duplicate_address_probe_hears_nothing() =>
        Answered(Solicitation(IpAddress.Ipv6Any, Owner6), Asker).ShouldBeFalse();

    [Fact]
    public void A_question_for_another_address_is_not_answered() =>
        Answered(Solicitation(Asker6, IpAddress.Parse("2001:db8::2"))).ShouldBeFalse();

    [Fact]
    public void A_hop_limit_below_255_or_a_wrong_checksum_is_not_answered()
    {
        PacketBuffer routed = Solicitation(Asker6, Owner6);
        routed.Span[21] = 254;
        Answered(routed).ShouldBeFalse();
        PacketBuffer damaged = Solicitation(Asker6, Owner6);
        damaged.Span[^1] ^= 1;
        Answered(damaged).ShouldBeFalse();
    }

    [Fact]
    public void A_unicast_poll_without_an_option_is_answered_to_the_frames_sender()
    {
        PacketBuffer poll = new();
        NeighborSolicitation message = new(Owner6, null);
        poll.Reset(NeighborMessage.MessageOffset + message.Size);
        message.Write(poll.Span[NeighborMessage.MessageOffset..]);
        NeighborMessage.Seal(poll.Span, new FrameEnds(Asker, Owner, Asker6, Owner6));
        Answered(poll).ShouldBeTrue();
        Parsed(_answer.Span).DestinationMac.ShouldBe(Asker);
    }

    [Fact]
    public void A_sender_that_claims_the_target_address_is_not_answered() => Answered(Solicitation(Owner6, Owner6)).ShouldBeFalse();

    [Fact]
    public void Every_cut_of_a_solicitation_is_left_unanswered()
    {
        byte[] whole = Solicitation(Asker6, Owner6).Span.ToArray();
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            PacketHeaders.Parse(cut, out PacketHeaders h).ShouldNotBe(ParseResult.Ok);
            NeighborDiscoveryResponder.TryAnswer(in h, cut, Owner6, Owner, false, _answer).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_moved_address_is_announced_to_all_nodes()
    {
        NeighborFrame.WriteAnnouncement(_answer, Owner, Owner6, true);
        Parsed(_answer.Span).Destination.ShouldBe(NeighborFrame.AllNodes);
        Advertisement(_answer).ShouldBe(new NeighborAdvertisement(Owner6, true, false, true, Owner));
    }

    [Fact]
    public void Resolution_asks_the_solicited_node_group_and_polls_a_known_neighbour_alone()
    {
        NeighborFrame.WriteSolicitation(_answer, Owner, Owner6, Asker6);
        PacketHeaders h = Parsed(_answer.Span);
        (h.Destination.ToString(), h.DestinationMac.ToString()).ShouldBe(("ff02::1:ff00:5", "33:33:ff:00:00:05"));
        NeighborFrame.WriteSolicitation(_answer, Owner, Owner6, Asker6, Asker);
        h = Parsed(_answer.Span);
        (h.Destination, h.DestinationMac).ShouldBe((Asker6, Asker));
    }

    private bool Answered(PacketBuffer question, MacAddress? owner = null, bool router = false) =>
        PacketHeaders.Parse(question.Span, out PacketHeaders h) == ParseResult.Ok
        && NeighborDiscoveryResponder.TryAnswer(in h, question.Span, Owner6, owner ?? Owner, router, _answer);
}
