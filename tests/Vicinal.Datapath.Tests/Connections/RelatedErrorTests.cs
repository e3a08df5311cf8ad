using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;
using static Vicinal.Datapath.Tests.Connections.TrackerHarness;

namespace Vicinal.Datapath.Tests.Connections;

public sealed class RelatedErrorTests
{
    private static readonly IpAddress s_router = IpAddress.Parse("192.0.2.1");
    private static readonly IpAddress s_router6 = IpAddress.Parse("2001:db8:ffff::1");

    private readonly TrackerHarness _harness = new();

    [Fact]
    public void An_error_about_a_packet_of_a_connection_travels_as_its_reply_in_both_families()
    {
        foreach ((FrameEnds ends, IpAddress router) in ((FrameEnds, IpAddress)[])[(Forward, s_router), (Forward6, s_router6)])
        {
            byte[] udp = Udp(ends);
            _harness.Pass(udp);
            ConnectionVerdict verdict = _harness.Look(ErrorAbout(udp, router, ends.Source));
            verdict.State.ShouldBe(ConnectionState.Related);
            verdict.IsReply.ShouldBeTrue();
            verdict.Connection.ShouldBe(_harness.Look(udp).Connection);
        }
    }

    [Fact]
    public void An_error_about_a_reply_travels_in_the_original_direction()
    {
        _harness.Pass(Udp(Forward, 40000, 53));
        byte[] reply = Udp(Back, 53, 40000);
        ConnectionVerdict verdict = _harness.Look(ErrorAbout(reply, s_router, Back.Source));
        verdict.State.ShouldBe(ConnectionState.Related);
        verdict.IsReply.ShouldBeFalse();
    }

    [Fact]
    public void An_error_about_a_ping_is_related_and_a_ping_never_is()
    {
        byte[] request = PacketBuilder.EchoRequest(Forward, 9, 1, new byte[32]);
        _harness.Pass(request);
        _harness.Look(ErrorAbout(request, s_router, Forward.Source)).State.ShouldBe(ConnectionState.Related);
        _harness.Look(PacketBuilder.EchoRequest(Back, 9, 1, [])).State.ShouldBe(ConnectionState.New);
        _harness.Look(PacketBuilder.EchoReply(Back, 9, 1, [])).State.ShouldBe(ConnectionState.Established);
        _harness.Look(PacketBuilder.EchoReply(Back, 10, 1, [])).State.ShouldBe(ConnectionState.Invalid);
    }

    [Fact]
    public void An_error_about_nothing_known_is_invalid()
    {
        _harness.Pass(Udp(Forward));
        _harness.Look(ErrorAbout(Udp(Forward, 40001), s_router, Forward.Source)).State.ShouldBe(ConnectionState.Invalid);
    }

    [Fact]
    public void An_error_sent_to_another_than_the_quoted_sender_is_invalid()
    {
        byte[] udp = Udp(Forward);
        _harness.Pass(udp);
        _harness.Look(ErrorAbout(udp, s_router, IpAddress.Parse("10.0.0.99"))).State.ShouldBe(ConnectionState.Invalid);
    }

    [Fact]
    public void A_quotation_cut_at_any_length_is_related_or_invalid_and_never_read_beyond()
    {
        byte[] tcp = Tcp(Forward, TcpFlags.Ack, 1, 1, 100);
        _harness.Handshake();
        for (int length = 0; length <= 100; length++)
        {
            // Eight bytes of the transport header are what RFC 792 promises; ports are in the first four.
            ConnectionState expected = length >= 28 ? ConnectionState.Related : ConnectionState.Invalid;
            _harness.Look(ErrorAbout(tcp, s_router, Forward.Source, length)).State.ShouldBe(expected, $"{length} bytes quoted");
        }
    }

    [Fact]
    public void An_error_finds_a_translated_connection_by_what_the_outside_saw()
    {
        ConnectionTuple original = new(IpAddress.Parse("10.0.0.1"), IpAddress.Parse("198.51.100.7"), 40000, 53, IpProtocol.Udp);
        IpAddress external = IpAddress.Parse("203.0.113.5");
        ConnectionTuple reply = new(original.Destination, external, 53, 61000, IpProtocol.Udp);
        ConnectionHandle handle = _harness.Tracker.Commit(Zone, in original, in reply, default, _harness.Now, out DropReason refusal);
        refusal.ShouldBe(DropReason.None);
        byte[] seenOutside = PacketBuilder.Udp(new FrameEnds(MacA, MacB, external, original.Destination), 61000, 53, [1]);
        ConnectionVerdict verdict = _harness.Look(ErrorAbout(seenOutside, s_router, external));
        verdict.ShouldBe(new ConnectionVerdict(ConnectionState.Related, true, handle, false));
    }

    [Fact]
    public void An_error_keeps_no_connection_alive_and_answers_nothing()
    {
        byte[] udp = Udp(Forward);
        _harness.Pass(udp);
        ConnectionHandle handle = _harness.Look(udp).Connection;
        _harness.Now += 20_000;
        byte[] error = ErrorAbout(udp, s_router, Forward.Source);
        _harness.Tracker.Note(handle, true, TrackerHarness.Parse(error), error, _harness.Now);
        _harness.Tracker[handle].IsAnswered.ShouldBeFalse();
        _harness.Now += 11_000;
        _harness.Look(udp).State.ShouldBe(ConnectionState.New);
    }

    [Fact]
    public void Neighbour_discovery_is_outside_tracking()
    {
        byte[] solicitation = PacketBuilder.Icmp(Forward6, new IcmpHeader(Icmpv6Type.NeighborSolicitation, 0, 0, 0), new byte[16]);
        _harness.Look(solicitation).State.ShouldBe(ConnectionState.Untracked);
        _harness.Look(PacketBuilder.ArpRequest(MacA, Forward.Source, Forward.Destination)).State.ShouldBe(ConnectionState.Untracked);
    }
}
