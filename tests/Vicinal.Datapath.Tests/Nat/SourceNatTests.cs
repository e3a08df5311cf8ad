using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Nat;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Nat;

public sealed class SourceNatTests
{
    private const uint Router = 1;

    private static readonly IpAddress s_external = IpAddress.Parse("203.0.113.5");
    private static readonly IpAddress s_remote = IpAddress.Parse("198.51.100.7");
    private static readonly IpAddress s_guest = IpAddress.Parse("10.0.0.1");
    private static readonly IpAddress s_other = IpAddress.Parse("10.0.0.2");

    private readonly ConnectionTracker _tracker = new(new ConnectionLimits { Total = 200_000, PerZone = 200_000 }, 3);
    private readonly SourceNatAllocator _allocator;

    public SourceNatTests() => _allocator = new SourceNatAllocator(_tracker, 4);

    [Fact]
    public void A_free_port_is_kept_as_it_is()
    {
        ConnectionTuple reply = Open(Udp(s_guest, 40000));
        reply.ShouldBe(new ConnectionTuple(s_remote, s_external, 53, 40000, IpProtocol.Udp));
    }

    [Fact]
    public void A_taken_port_becomes_another_from_1024_on_for_the_same_remote_and_stays_for_a_different_one()
    {
        Open(Udp(s_guest, 40000));
        ConnectionTuple second = Open(Udp(s_other, 40000));
        second.DestinationPort.ShouldNotBe((ushort)40000);
        second.DestinationPort.ShouldBeGreaterThanOrEqualTo((ushort)1024);
        Open(Udp(s_other, 40000) with { Destination = IpAddress.Parse("198.51.100.8") }).DestinationPort.ShouldBe((ushort)40000);
        Open(Udp(s_other, 40000) with { DestinationPort = 54 }).DestinationPort.ShouldBe((ushort)40000);
    }

    [Fact]
    public void A_privileged_source_port_is_not_taken_from_the_external_address()
    {
        ushort port = Open(Udp(s_guest, 500)).DestinationPort;
        port.ShouldBeGreaterThanOrEqualTo((ushort)1024);
    }

    [Fact]
    public void All_64512_ports_of_one_remote_are_used_and_then_it_is_exhausted()
    {
        HashSet<ushort> ports = [];
        for (int i = 0; i < 64512; i++)
        {
            ports.Add(Open(Udp(IpAddress.FromIpv4(0x0A010000 + (uint)i), 40000)).DestinationPort).ShouldBeTrue();
        }

        ports.Min().ShouldBe((ushort)1024);
        _allocator.TryFind(Router, Udp(s_guest, 40000), s_external, out _).ShouldBeFalse();
        _allocator.TryFind(Router, Udp(s_guest, 40000) with { DestinationPort = 54 }, s_external, out _).ShouldBeTrue();
        _allocator.TryFind(Router, Udp(s_guest, 40000), IpAddress.Parse("203.0.113.6"), out _).ShouldBeTrue();
        _allocator.TryFind(Router + 1, Udp(s_guest, 40000), s_external, out _).ShouldBeTrue();

        // One that ends makes room for exactly one.
        ConnectionTuple reply = new(s_remote, s_external, 53, 33333, IpProtocol.Udp);
        _tracker.Remove(HandleOf(reply));
        Open(Udp(s_guest, 40000)).DestinationPort.ShouldBe((ushort)33333);
        _allocator.TryFind(Router, Udp(s_other, 40000), s_external, out _).ShouldBeFalse();
    }

    [Fact]
    public void Ping_identifiers_are_kept_or_changed_like_ports()
    {
        ConnectionTuple first = Open(Ping(s_guest, 5));
        first.ShouldBe(new ConnectionTuple(s_remote, s_external, 5, Icmpv4Type.EchoReply, IpProtocol.Icmp));
        ConnectionTuple second = Open(Ping(s_other, 5));
        second.SourcePort.ShouldNotBe((ushort)5);
        second.DestinationPort.ShouldBe((ushort)Icmpv4Type.EchoReply);
    }

    [Fact]
    public void Protocols_without_ports_are_translated_by_address_for_one_guest_at_a_time()
    {
        ConnectionTuple gre = new(s_guest, s_remote, 0, 0, IpProtocol.Gre);
        Open(gre).ShouldBe(new ConnectionTuple(s_remote, s_external, 0, 0, IpProtocol.Gre));
        _allocator.TryFind(Router, gre with { Source = s_other }, s_external, out _).ShouldBeFalse();
        _allocator.TryFind(Router, gre with { Source = s_other, Protocol = IpProtocol.Esp }, s_external, out _).ShouldBeTrue();
    }

    [Fact]
    public void Sctp_keeps_its_ports_or_is_refused_since_its_checksum_cannot_follow()
    {
        ConnectionTuple sctp = new(s_guest, s_remote, 40000, 80, IpProtocol.Sctp);
        Open(sctp).DestinationPort.ShouldBe((ushort)40000);
        _allocator.TryFind(Router, sctp with { Source = s_other }, s_external, out _).ShouldBeFalse();
    }

    [Fact]
    public void The_same_question_has_the_same_answer_until_something_is_committed()
    {
        Open(Udp(s_guest, 40000));
        _allocator.TryFind(Router, Udp(s_other, 40000), s_external, out ConnectionTuple first);
        _allocator.TryFind(Router, Udp(s_other, 40000), s_external, out ConnectionTuple again);
        again.ShouldBe(first);
    }

    [Fact]
    public void A_port_that_an_inbound_connection_uses_is_not_given_away()
    {
        ConnectionTuple inbound = new(s_remote, s_external, 53, 40000, IpProtocol.Udp);
        _tracker.Commit(Router, in inbound, inbound.Reversed, default, 0, out _).IsNone.ShouldBeFalse();
        Open(Udp(s_guest, 40000)).DestinationPort.ShouldNotBe((ushort)40000);
    }

    private static ConnectionTuple Udp(IpAddress source, ushort port) => new(source, s_remote, port, 53, IpProtocol.Udp);

    private static ConnectionTuple Ping(IpAddress source, ushort id) => new(source, s_remote, id, Icmpv4Type.EchoRequest, IpProtocol.Icmp);

    private ConnectionTuple Open(ConnectionTuple original)
    {
        _allocator.TryFind(Router, in original, s_external, out ConnectionTuple reply).ShouldBeTrue();
        _tracker.Commit(Router, in original, in reply, default, 0, out DropReason refusal);
        refusal.ShouldBe(DropReason.None);
        return reply;
    }

    private ConnectionHandle HandleOf(ConnectionTuple reply) =>
        _tracker.InZone(Router).First(handle => _tracker[handle].Reply == reply);
}
