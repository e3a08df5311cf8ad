using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

public sealed class FlowKeyTests
{
    private static readonly FlowInput s_input = new(FlowInputKind.LocalPort, 3);

    [Fact]
    public void Whatever_a_decision_may_rest_on_makes_another_key()
    {
        FrameEnds ends = TrackerHarness.Forward;
        IpAddress otherAddress = IpAddress.Parse("10.9.9.9");
        MacAddress otherMac = MacAddress.Parse("02:00:00:00:00:ff");
        byte[] udp = PacketBuilder.Udp(ends, 1, 2, [1]);
        List<FlowKey> keys =
        [
            KeyOf(udp),
            KeyOf(udp, s_input with { Index = 4 }),
            KeyOf(udp, s_input with { Kind = FlowInputKind.Physical }),
            KeyOf(udp, s_input with { Peer = 1 }),
            KeyOf(PacketBuilder.Udp(ends, 9, 2, [1])),
            KeyOf(PacketBuilder.Udp(ends, 1, 9, [1])),
            KeyOf(PacketBuilder.Udp(ends with { Source = otherAddress }, 1, 2, [1])),
            KeyOf(PacketBuilder.Udp(ends with { Destination = otherAddress }, 1, 2, [1])),
            KeyOf(PacketBuilder.Udp(ends with { SourceMac = otherMac }, 1, 2, [1])),
            KeyOf(PacketBuilder.Udp(ends with { DestinationMac = otherMac }, 1, 2, [1])),
            KeyOf(PacketBuilder.Udp(TrackerHarness.Forward6, 1, 2, [1])),
            KeyOf(PacketBuilder.Tcp(ends, 1, 2, TcpFlags.Ack)),
            KeyOf(PacketBuilder.Tagged(udp, new VlanTag(0, false, 0))),
            KeyOf(PacketBuilder.Tagged(udp, new VlanTag(0, false, 7))),
            KeyOf(PacketBuilder.EchoRequest(ends, 1, 1, [])),
            KeyOf(PacketBuilder.EchoReply(ends, 1, 1, [])),
            KeyOf(PacketBuilder.EchoRequest(ends, 2, 1, [])),
        ];
        keys.Distinct().Count().ShouldBe(keys.Count);
        KeyedHash hash = new(9);
        keys.Select(key => key.HashWith(in hash)).Distinct().Count().ShouldBe(keys.Count);
    }

    [Fact]
    public void What_decides_per_packet_is_not_in_the_key()
    {
        FrameEnds ends = TrackerHarness.Forward;
        KeyOf(PacketBuilder.Udp(ends, 1, 2, new byte[100], ttl: 3)).ShouldBe(KeyOf(PacketBuilder.Udp(ends, 1, 2, [])));
        KeyOf(PacketBuilder.Tcp(ends, 1, 2, TcpFlags.Syn)).ShouldBe(KeyOf(PacketBuilder.Tcp(ends, 1, 2, TcpFlags.Ack, 5, 6)));
        KeyOf(PacketBuilder.EchoRequest(ends, 1, 1, [])).ShouldBe(KeyOf(PacketBuilder.EchoRequest(ends, 1, 2, [1])));
        byte[] udp = PacketBuilder.Udp(ends, 1, 2, []);
        KeyOf(PacketBuilder.Tagged(udp, new VlanTag(5, true, 7))).ShouldBe(KeyOf(PacketBuilder.Tagged(udp, new VlanTag(0, false, 7))));
    }

    [Fact]
    public void What_needs_a_walk_each_time_has_no_key()
    {
        FrameEnds ends = TrackerHarness.Forward;
        byte[] udp = PacketBuilder.Udp(ends, 1, 2, new byte[64]);
        HasKey(PacketBuilder.ArpRequest(ends.SourceMac, ends.Source, ends.Destination)).ShouldBeFalse();
        HasKey(TrackerHarness.ErrorAbout(udp, ends.Destination, ends.Source)).ShouldBeFalse();
        HasKey(PacketBuilder.Icmp(TrackerHarness.Forward6, new IcmpHeader(Icmpv6Type.NeighborSolicitation, 0, 0, 0), new byte[16])).ShouldBeFalse();

        PacketHeaders headers = TrackerHarness.Parse(udp);
        foreach (HeaderFlags flag in (HeaderFlags[])[HeaderFlags.Fragment, HeaderFlags.Options, HeaderFlags.Fragment | HeaderFlags.LaterFragment])
        {
            PacketHeaders odd = headers;
            odd.Flags |= flag;
            FlowKey.TryFrom(in odd, in s_input, out _).ShouldBeFalse();
        }
    }

    private static bool HasKey(byte[] frame) => FlowKey.TryFrom(TrackerHarness.Parse(frame), in s_input, out _);

    private static FlowKey KeyOf(byte[] frame, FlowInput? input = null)
    {
        FlowInput from = input ?? s_input;
        FlowKey.TryFrom(TrackerHarness.Parse(frame), in from, out FlowKey key).ShouldBeTrue();
        return key;
    }
}
