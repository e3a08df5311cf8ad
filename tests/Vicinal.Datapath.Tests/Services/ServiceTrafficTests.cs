using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Tests.Services;

/// <summary>What instances say to the node's own sockets, and hear from them.</summary>
public sealed class ServiceTrafficTests
{
    private readonly SimCloud _cloud = new();
    private readonly SimNode _node;
    private readonly Guid _closed;

    public ServiceTrafficTests()
    {
        _node = _cloud.AddNode("c1", NodeMode.Dvr, null, settings => settings with { HasServices = true }, "physnet1");
        _node.VerifiesTraces = true;
        _closed = _cloud.AddGroup();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_ports_with_one_address_are_two_clients_and_each_hears_its_own_answer(bool ipv6)
    {
        SimPort one = Port("10.0.0.5/24");
        SimPort two = Port("10.0.0.5/24");
        IpAddress service = ipv6 ? ServiceAddress.Ipv6 : ServiceAddress.Ipv4;
        PacketHeaders first = Ask(one, service);
        PacketHeaders second = Ask(two, service);
        first.Source.ShouldNotBe(second.Source);
        first.Destination.ShouldBe(service);
        first.DestinationMac.ShouldBe(ServiceAddress.Mac);
        Answer(first, TcpFlags.Syn | TcpFlags.Ack);
        Heard(one).ShouldHaveSingleItem().Destination.ShouldBe(Source(one, ipv6));
        Heard(two).ShouldBeEmpty();
        Answer(second, TcpFlags.Syn | TcpFlags.Ack);
        PacketHeaders heard = Heard(two).ShouldHaveSingleItem();
        (heard.Source, heard.SourceMac, heard.DestinationMac, heard.SourcePort).ShouldBe((service, ServiceAddress.Mac, two.Mac, (ushort)80));
        _node.Node.FindServicePeer(second.Source).ShouldBe(new ServicePeer(two.Id, two.Row.NetworkId, Source(two, ipv6)));
    }

    [Fact]
    public void It_works_on_networks_of_every_kind_and_nothing_of_it_leaves_the_node()
    {
        foreach (SegmentRow network in (SegmentRow[])[_cloud.AddNetwork(Encapsulation.Vxlan), _cloud.AddProviderNetwork("physnet1"), _cloud.AddProviderNetwork("physnet1", 100)])
        {
            SimPort port = _cloud.AddPort(network, _node, [_closed], "10.0.0.5/24");
            Answer(Ask(port, ServiceAddress.Ipv4), TcpFlags.Syn | TcpFlags.Ack);
            Heard(port).ShouldHaveSingleItem();
            port.Host.SendRaw(PacketBuilder.EchoRequest(Ends(port, ServiceAddress.Ipv4), 7, 1, []));
            port.Host.SendRaw(PacketBuilder.Udp(Ends(port, ServiceAddress.Ipv4), 68, 9, []));
            _cloud.Run();
        }

        _node.Transmitted.ShouldBeEmpty();
        _node.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void Neighbours_of_the_service_are_answered_and_pings_too()
    {
        SimPort port = Port("10.0.0.5/24");
        port.Host.SendRaw(PacketBuilder.ArpRequest(port.Mac, port.Address, ServiceAddress.Ipv4));
        _cloud.Run();
        PacketHeaders.Parse(_node.Delivered.ShouldHaveSingleItem().Frame, out PacketHeaders reply).ShouldBe(ParseResult.Ok);
        (reply.ArpOperation, reply.Source, reply.ArpSenderMac, reply.ArpTargetMac).ShouldBe((ArpMessage.Reply, ServiceAddress.Ipv4, ServiceAddress.Mac, port.Mac));
        port.Host.SendRaw(PacketBuilder.EchoRequest(Ends(port, ServiceAddress.Ipv4), 7, 1, [1, 2, 3]));
        _cloud.Run();
        Heard(port).ShouldContain(h => h.IsIcmp && h.Source == ServiceAddress.Ipv4);
        _node.ToServiceFrames.ShouldBeEmpty();
    }

    [Fact]
    public void A_port_that_may_say_anything_can_neither_be_the_service_nor_have_more_places_than_others()
    {
        SegmentRow network = _cloud.AddNetwork();
        SimPort free = _cloud.AddPort(network, _node, [], "10.0.0.6/24");
        free.Change(row => row with { PortSecurity = false });
        SimPort other = _cloud.AddPort(network, _node, [_cloud.AddAllowAllGroup()], "10.0.0.7/24");
        free.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(free.Mac, other.Mac, ServiceAddress.Ipv4, other.Address), 53, 5000, [1]));
        _cloud.Run();
        Heard(other).ShouldBeEmpty();
        _node.Node.Counters[DropReason.ForgedService].ShouldBe(1);
        for (uint i = 0; i < 3 * ServiceClientAddress.ClientsPerPort; i++)
        {
            free.Host.SendRaw(PacketBuilder.Tcp(Ends(free, ServiceAddress.Ipv4) with { Source = IpAddress.FromIpv4(0x0A01_0000 + i) }, 1000, 80, TcpFlags.Syn));
        }

        _cloud.Run();
        _node.ToServiceFrames.Count.ShouldBe(ServiceClientAddress.ClientsPerPort);
        _node.ToServiceFrames.Clear();
        Ask(other, ServiceAddress.Ipv4).HasPorts.ShouldBeTrue("the other port has places of its own");
    }

    [Fact]
    public void A_flood_of_connections_is_bounded_and_other_ports_still_connect()
    {
        // A trace knows nothing of budgets.
        _node.VerifiesTraces = false;
        SimPort flooder = Port("10.0.0.5/24");
        SimPort other = Port("10.0.0.6/24");
        for (ushort i = 1; i <= 5000; i++)
        {
            flooder.Host.SendRaw(PacketBuilder.Tcp(Ends(flooder, ServiceAddress.Ipv4), i, 80, TcpFlags.Syn));
        }

        _cloud.Run();
        _node.ToServiceFrames.Count.ShouldBe(new NodeLimits().ServiceRequestsPerSecond);
        _node.ToServiceFrames.Clear();
        Ask(other, ServiceAddress.Ipv4);
    }

    [Fact]
    public void What_a_socket_still_says_to_a_port_that_is_gone_reaches_no_other_port()
    {
        SimPort first = Port("10.0.0.5/24");
        PacketHeaders asked = Ask(first, ServiceAddress.Ipv4);
        first.Delete();
        SimPort next = Port("10.0.0.5/24");
        Ask(next, ServiceAddress.Ipv4);
        Answer(asked, TcpFlags.Ack);
        Heard(next).ShouldBeEmpty();
        _node.Node.FindServicePeer(asked.Source).ShouldBeNull();
    }

    [Fact]
    public void Ports_of_the_service_that_are_not_there_are_refused_in_words_the_asker_knows()
    {
        SimPort port = Port("10.0.0.5/24");
        port.Host.SendRaw(PacketBuilder.Tcp(Ends(port, ServiceAddress.Ipv4), 1000, 443, TcpFlags.Syn));
        _cloud.Run();
        PacketHeaders error = Heard(port).ShouldHaveSingleItem();
        (error.IcmpType, error.IcmpCode, error.Source).ShouldBe(((byte)3, (byte)3, ServiceAddress.Ipv4));
        _node.ToServiceFrames.ShouldBeEmpty();
    }

    private SimPort Port(string address) => _cloud.AddPort(_cloud.AddNetwork(), _node, [_closed], address);

    private static IpAddress Source(SimPort port, bool ipv6) => ipv6 ? IpAddress.LinkLocalFor(port.Mac) : port.Address;

    private static FrameEnds Ends(SimPort port, IpAddress service) => new(port.Mac, ServiceAddress.Mac, Source(port, service.IsIpv6), service);

    private PacketHeaders Ask(SimPort port, IpAddress service)
    {
        _node.ToServiceFrames.Clear();
        port.Host.Seen.Clear();
        port.Host.SendRaw(PacketBuilder.Tcp(Ends(port, service), 1000, 80, TcpFlags.Syn));
        _cloud.Run();
        byte[] frame = _node.ToServiceFrames.ShouldHaveSingleItem();
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        Checksum.IsTransportRight(frame, in h).ShouldBeTrue();
        return h;
    }

    private void Answer(PacketHeaders asked, TcpFlags flags)
    {
        FrameEnds ends = new(ServiceAddress.Mac, ServiceAddress.Mac, asked.Destination, asked.Source);
        _node.Receive(PacketSource.Service(), PacketBuilder.Tcp(in ends, 80, asked.SourcePort, flags));
        _cloud.Run();
    }

    private List<PacketHeaders> Heard(SimPort port) => [.. _node.Delivered.Where(sent => port.Row.AdminUp && sent.Device == _node.DeviceOf(port.Id)).Select(sent =>
    {
        PacketHeaders.Parse(sent.Frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        (h.IsArp || Checksum.IsTransportRight(sent.Frame, in h)).ShouldBeTrue();
        return h;
    })];
}
