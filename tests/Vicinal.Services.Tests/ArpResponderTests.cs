using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;

namespace Vicinal.Services.Tests;

public sealed class ArpResponderTests
{
    private readonly PacketBuffer _request = new();
    private readonly PacketBuffer _answer = new();

    [Fact]
    public void A_request_is_answered_to_its_sender_with_the_owners_mac()
    {
        ArpFrame.WriteRequest(_request, Asker, Asker4, Owner4);
        Answered().ShouldBeTrue();
        PacketHeaders h = Parsed(_answer.Span);
        (h.SourceMac, h.DestinationMac).ShouldBe((Owner, Asker));
        Arp(_answer).ShouldBe(new ArpMessage(ArpMessage.Reply, Owner, Owner4, Asker, Asker4));
    }

    [Fact]
    public void A_probe_for_an_address_of_another_is_answered_to_nobodys_address()
    {
        ArpFrame.WriteProbe(_request, Asker, Owner4);
        Arp(_request).IsProbe.ShouldBeTrue();
        Answered().ShouldBeTrue();
        Arp(_answer).ShouldBe(new ArpMessage(ArpMessage.Reply, Owner, Owner4, Asker, IpAddress.Ipv4Any));
    }

    [Fact]
    public void The_owners_own_probe_and_question_hear_nothing()
    {
        ArpFrame.WriteProbe(_request, Owner, Owner4);
        Answered().ShouldBeFalse();
        ArpFrame.WriteRequest(_request, Owner, Asker4, Owner4);
        Answered().ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_announcement_is_not_answered(bool asReply)
    {
        ArpFrame.WriteAnnouncement(_request, Asker, Owner4, asReply);
        Arp(_request).IsGratuitous.ShouldBeTrue();
        Parsed(_request.Span).DestinationMac.ShouldBe(MacAddress.Broadcast);
        Answered().ShouldBeFalse();
    }

    [Fact]
    public void A_reply_is_not_answered()
    {
        ArpFrame.WriteRequest(_request, Asker, Asker4, Owner4);
        _request.Span[21] = 2;
        Answered().ShouldBeFalse();
    }

    [Theory]
    [InlineData("ff:ff:ff:ff:ff:ff", "10.0.0.5")]
    [InlineData("00:00:00:00:00:00", "10.0.0.5")]
    [InlineData("fa:16:3e:00:00:0a", "224.0.0.1")]
    [InlineData("fa:16:3e:00:00:0a", "255.255.255.255")]
    [InlineData("fa:16:3e:00:00:0a", "127.0.0.1")]
    public void A_sender_that_is_no_single_host_is_not_answered(string mac, string address)
    {
        ArpFrame.WriteRequest(_request, Asker, Asker4, Owner4);
        new ArpMessage(ArpMessage.Request, MacAddress.Parse(mac), IpAddress.Parse(address), MacAddress.Zero, Owner4).Write(_request.Span[14..]);
        Answered().ShouldBeFalse();
    }

    [Fact]
    public void A_known_neighbour_is_polled_by_itself()
    {
        ArpFrame.WriteRequest(_request, Owner, Owner4, Asker4, Asker);
        Parsed(_request.Span).DestinationMac.ShouldBe(Asker);
        Arp(_request).ShouldBe(new ArpMessage(ArpMessage.Request, Owner, Owner4, MacAddress.Zero, Asker4));
    }

    private bool Answered() => ArpResponder.TryAnswer(Parsed(_request.Span), Owner, _answer);
}
