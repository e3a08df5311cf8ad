using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;

namespace Vicinal.Services.Tests;

public sealed class RouterEchoTests
{
    private readonly PacketBuffer _answer = new();

    [Fact]
    public void A_ping_to_the_router_comes_back_with_its_payload_and_a_fresh_ttl()
    {
        foreach (FrameEnds ends in new[] { new FrameEnds(Asker, Owner, Asker4, Owner4), new FrameEnds(Asker, Owner, Asker6, Owner6) })
        {
            byte[] request = PacketBuilder.EchoRequest(in ends, 7, 2, [1, 2, 3], 5);
            RouterEcho.TryAnswer(Parsed(request), request, Owner, _answer).ShouldBeTrue();
            _answer.Span.ToArray().ShouldBe(PacketBuilder.EchoReply(ends.Reversed, 7, 2, [1, 2, 3]));
        }
    }

    [Fact]
    public void Padding_and_a_vlan_tag_do_not_come_back()
    {
        FrameEnds ends = new(Asker, Owner, Asker4, Owner4);
        byte[] request = [.. PacketBuilder.Tagged(PacketBuilder.EchoRequest(in ends, 7, 2, [9]), new VlanTag(0, false, 4)), 0xEE, 0xEE];
        RouterEcho.TryAnswer(Parsed(request), request, Owner, _answer).ShouldBeTrue();
        _answer.Span.ToArray().ShouldBe(PacketBuilder.EchoReply(ends.Reversed, 7, 2, [9]));
    }

    [Fact]
    public void Replies_groups_nobody_and_damage_are_not_answered()
    {
        FrameEnds ends = new(Asker, Owner, Asker4, Owner4);
        Refused(PacketBuilder.EchoReply(in ends, 1, 1, []));
        Refused(PacketBuilder.Udp(in ends, 1, 2, []));
        Refused(PacketBuilder.EchoRequest(ends with { Destination = IpAddress.Parse("224.0.0.1") }, 1, 1, []));
        Refused(PacketBuilder.EchoRequest(ends with { Source = IpAddress.Ipv4Any }, 1, 1, []));
        Refused(PacketBuilder.EchoRequest(ends with { DestinationMac = MacAddress.Broadcast }, 1, 1, []));
        byte[] damaged = PacketBuilder.EchoRequest(in ends, 1, 1, [1, 2, 3]);
        damaged[^1] ^= 1;
        Refused(damaged);
    }

    private void Refused(byte[] frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        RouterEcho.TryAnswer(in h, frame, Owner, _answer).ShouldBeFalse();
    }
}
