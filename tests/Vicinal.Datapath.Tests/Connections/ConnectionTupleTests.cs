using Vicinal.Datapath.Connections;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Connections;

public sealed class ConnectionTupleTests
{
    [Fact]
    public void An_echo_reply_is_the_reverse_of_its_request_in_both_families()
    {
        foreach (FrameEnds ends in (FrameEnds[])[TrackerHarness.Forward, TrackerHarness.Forward6])
        {
            ConnectionTuple request = TupleOf(PacketBuilder.EchoRequest(ends, 77, 1, []));
            ConnectionTuple reply = TupleOf(PacketBuilder.EchoReply(ends.Reversed, 77, 1, []));
            request.Reversed.ShouldBe(reply);
            reply.Reversed.ShouldBe(request);
            request.MayOpen.ShouldBeTrue();
            reply.MayOpen.ShouldBeFalse();
        }
    }

    [Fact]
    public void An_identifier_that_looks_like_a_type_is_not_taken_for_one()
    {
        for (ushort id = 0; id < 256; id++)
        {
            ConnectionTuple request = TupleOf(PacketBuilder.EchoRequest(TrackerHarness.Forward, id, 1, []));
            ConnectionTuple othersRequest = TupleOf(PacketBuilder.EchoRequest(TrackerHarness.Back, id, 1, []));
            othersRequest.ShouldNotBe(request.Reversed);
        }
    }

    [Fact]
    public void The_reverse_of_the_reverse_is_the_tuple()
    {
        ConnectionTuple tcp = TupleOf(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Syn));
        tcp.Reversed.ShouldBe(new ConnectionTuple(tcp.Destination, tcp.Source, 80, 40000, IpProtocol.Tcp));
        tcp.Reversed.Reversed.ShouldBe(tcp);
    }

    [Fact]
    public void Neighbour_discovery_and_errors_have_no_tuple()
    {
        byte[] solicitation = PacketBuilder.Icmp(TrackerHarness.Forward6, new IcmpHeader(Icmpv6Type.NeighborSolicitation, 0, 0, 0), new byte[16]);
        byte[] udp = TrackerHarness.Udp(TrackerHarness.Forward);
        byte[] error = TrackerHarness.ErrorAbout(udp, TrackerHarness.Forward.Destination, TrackerHarness.Forward.Source);
        ConnectionTuple.TryFrom(TrackerHarness.Parse(solicitation), out _).ShouldBeFalse();
        ConnectionTuple.TryFrom(TrackerHarness.Parse(error), out _).ShouldBeFalse();
    }

    private static ConnectionTuple TupleOf(byte[] frame)
    {
        ConnectionTuple.TryFrom(TrackerHarness.Parse(frame), out ConnectionTuple tuple).ShouldBeTrue();
        return tuple;
    }
}
