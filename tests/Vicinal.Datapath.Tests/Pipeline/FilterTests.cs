using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class FilterTests
{
    private readonly SimCloud _cloud = new();
    private readonly SimNode _c1;
    private readonly SimNode _c2;
    private readonly SegmentRow _network;

    public FilterTests()
    {
        _c1 = _cloud.AddNode("c1");
        _c2 = _cloud.AddNode("c2");
        _network = _cloud.AddNetwork();
    }

    [Fact]
    public void With_no_groups_nothing_passes_but_what_a_host_needs_to_speak_at_all()
    {
        SimPort a = _cloud.AddPort(_network, _c1, [], "10.0.1.5/24");
        SimPort b = Open("10.0.1.6/24");
        Ping(a, b).ShouldBeFalse();
        a.Host.NeighborOf(b.Address).ShouldBe(b.Mac);
        _c1.Node.Counters[DropReason.FilterEgress].ShouldBe(1);
        Ping(b, a).ShouldBeFalse();
        _c1.Node.Counters[DropReason.FilterIngress].ShouldBe(1);
    }

    [Fact]
    public void Answers_pass_where_only_the_other_direction_is_open()
    {
        SimPort a = _cloud.AddPort(_network, _c1, [_cloud.AddOpenGroup()], "10.0.1.5/24");
        SimPort b = Open("10.0.1.6/24");
        Ping(a, b).ShouldBeTrue();
        Ping(b, a).ShouldBeFalse();
    }

    [Theory]
    [InlineData(21, false)]
    [InlineData(22, true)]
    [InlineData(25, true)]
    [InlineData(26, false)]
    public void A_port_range_is_exact(int port, bool passes)
    {
        SimPort a = WithIngress(new SimRule(FilterDirection.Ingress, false, IpProtocol.Tcp, 22, 25));
        SimPort b = Open("10.0.1.6/24");
        b.Host.SendTcp(a.Address, 1000, (ushort)port, TcpFlags.Syn);
        _cloud.Run();
        (a.Host.Inbox.Count == 1).ShouldBe(passes);
    }

    [Fact]
    public void Overlapping_ranges_allow_what_any_of_them_allows()
    {
        SimPort a = WithIngress(
            new SimRule(FilterDirection.Ingress, false, IpProtocol.Udp, 10, 20),
            new SimRule(FilterDirection.Ingress, false, IpProtocol.Udp, 15, 30),
            new SimRule(FilterDirection.Ingress, false, IpProtocol.Udp, 1, 2),
            new SimRule(FilterDirection.Ingress, false, IpProtocol.Udp, 12, 13));
        SimPort b = Open("10.0.1.6/24");
        for (ushort port = 0; port < 40; port++)
        {
            b.Host.SendUdp(a.Address, 5000, port);
        }

        _cloud.Run();
        a.Host.Inbox.Select(r => (int)r.Headers.DestinationPort)
            .ShouldBe([.. Enumerable.Range(1, 2), .. Enumerable.Range(10, 21)]);
    }

    [Fact]
    public void A_remote_prefix_is_the_senders()
    {
        SimPort a = WithIngress(new SimRule(FilterDirection.Ingress, false, Prefix: "10.0.1.6/32"));
        Ping(Open("10.0.1.6/24"), a).ShouldBeTrue();
        Ping(Open("10.0.1.7/24"), a).ShouldBeFalse();
    }

    [Fact]
    public void Icmp_rules_tell_types_and_codes_apart()
    {
        SimPort a = WithIngress(new SimRule(FilterDirection.Ingress, false, IpProtocol.Icmp, Icmpv4Type.EchoRequest, 0));
        SimPort b = Open("10.0.1.6/24");
        Ping(b, a).ShouldBeTrue();
        b.Host.SendIp(PacketBuilder.Icmp(b.Host.EndsTo(a.Address), new IcmpHeader(Icmpv4Type.TimestampRequest, 0, 0, 1), new byte[12]));
        _cloud.Run();
        a.Host.Inbox.Count.ShouldBe(1);
    }

    [Fact]
    public void A_rule_of_one_family_says_nothing_about_the_other()
    {
        SimPort a = _cloud.AddPort(
            _network, _c1, [_cloud.AddOpenGroup(new SimRule(FilterDirection.Ingress, true, IpProtocol.Icmp))], "10.0.1.5/24", "2001:db8:1::5/64");
        SimPort b = _cloud.AddPort(_network, _c2, [_cloud.AddAllowAllGroup()], "10.0.1.6/24", "2001:db8:1::6/64");
        Ping(b, a).ShouldBeFalse();
        b.Host.Ping(IpAddress.Parse("2001:db8:1::5"));
        _cloud.Run();
        b.Host.Inbox.ShouldHaveSingleItem().Headers.IsIpv6.ShouldBeTrue();
    }

    [Fact]
    public void Members_of_a_remote_group_pass_and_cease_to_when_they_leave()
    {
        Guid group = _cloud.NewId();
        _cloud.Put(new FilterGroupRow(group, true));
        _cloud.AddRule(group, new SimRule(FilterDirection.Egress, false));
        _cloud.AddRule(group, new SimRule(FilterDirection.Ingress, false, Group: group));
        SimPort a = _cloud.AddPort(_network, _c1, [group], "10.0.1.5/24");
        SimPort b = _cloud.AddPort(_network, _c2, [group], "10.0.1.6/24");
        AddressSetMemberRow memberA = new(group, a.Id, [IpPrefix.Host(a.Address)]);
        AddressSetMemberRow memberB = new(group, b.Id, [IpPrefix.Host(b.Address)]);
        _cloud.Put(memberA, memberB);
        SimPort stranger = Open("10.0.1.7/24");

        Ping(b, a).ShouldBeTrue();
        Ping(b, a).ShouldBeTrue();
        Ping(stranger, a).ShouldBeFalse();
        _cloud.Remove(memberB);
        Ping(b, a).ShouldBeFalse();
        _cloud.Put(memberB);
        Ping(b, a).ShouldBeTrue();
    }

    [Fact]
    public void An_allowed_pair_for_everything_opens_no_group()
    {
        Guid group = _cloud.AddOpenGroup();
        _cloud.AddRule(group, new SimRule(FilterDirection.Ingress, false, Group: group));
        SimPort a = _cloud.AddPort(_network, _c1, [group], "10.0.1.5/24");
        _cloud.Put(new AddressSetMemberRow(group, a.Id, [IpPrefix.Host(a.Address), IpPrefix.Parse("0.0.0.0/0")]));
        Ping(Open("10.0.1.7/24"), a).ShouldBeFalse();
    }

    [Fact]
    public void A_removed_rule_cuts_the_connections_that_it_allowed_and_nothing_else()
    {
        Guid group = _cloud.AddOpenGroup();
        FilterRuleRow ssh = _cloud.AddRule(group, new SimRule(FilterDirection.Ingress, false, IpProtocol.Tcp, 22, 22));
        _cloud.AddRule(group, new SimRule(FilterDirection.Ingress, false, IpProtocol.Tcp, 80, 80));
        SimPort a = _cloud.AddPort(_network, _c1, [group], "10.0.1.5/24");
        SimPort b = Open("10.0.1.6/24");
        Connect(b, a, 1000, 22);
        Connect(b, a, 1001, 80);
        Connect(a, b, 1002, 443);

        _cloud.Remove(ssh);
        Talks(b, a, 1000, 22).ShouldBeFalse("the rule that allowed it is gone");
        Talks(a, b, 22, 1000).ShouldBeFalse("nor may it go on in the direction that is open");
        Talks(b, a, 1001, 80).ShouldBeTrue();
        Talks(a, b, 80, 1001).ShouldBeTrue();
        Talks(a, b, 1002, 443).ShouldBeTrue();
        Talks(b, a, 443, 1002).ShouldBeTrue();

        _cloud.Put(ssh);
        Talks(b, a, 1000, 22).ShouldBeTrue();
    }

    [Fact]
    public void A_changed_group_list_is_in_force_at_once()
    {
        SimPort a = Open("10.0.1.5/24", _c1);
        SimPort b = Open("10.0.1.6/24");
        Ping(b, a).ShouldBeTrue();
        a.Change(p => p with { SecurityGroups = [_cloud.AddOpenGroup()] });
        Ping(b, a).ShouldBeFalse();
        a.Change(p => p with { SecurityGroups = [_cloud.AddAllowAllGroup()] });
        Ping(b, a).ShouldBeTrue();
    }

    [Fact]
    public void A_group_that_is_not_known_yet_allows_nothing()
    {
        Guid late = _cloud.NewId();
        SimPort a = _cloud.AddPort(_network, _c1, [late], "10.0.1.5/24");
        SimPort b = Open("10.0.1.6/24");
        Ping(b, a).ShouldBeFalse();
        _cloud.AddRule(late, new SimRule(FilterDirection.Ingress, false));
        _cloud.Put(new FilterGroupRow(late, true));
        Ping(b, a).ShouldBeTrue();
    }

    [Fact]
    public void With_port_security_off_there_are_no_filters()
    {
        SimPort a = _cloud.AddPort(_network, _c1, [], false, [], "10.0.1.5/24");
        SimPort b = Open("10.0.1.6/24");
        Ping(b, a).ShouldBeTrue();
        Ping(a, b).ShouldBeTrue();
    }

    [Fact]
    public void A_stateless_group_wants_rules_for_both_directions()
    {
        Guid group = _cloud.NewId();
        _cloud.Put(new FilterGroupRow(group, false));
        _cloud.AddRule(group, new SimRule(FilterDirection.Egress, false));
        SimPort a = _cloud.AddPort(_network, _c1, [group], "10.0.1.5/24");
        SimPort b = Open("10.0.1.6/24");
        Ping(a, b).ShouldBeFalse();
        _cloud.AddRule(group, new SimRule(FilterDirection.Ingress, false, IpProtocol.Icmp));
        Ping(a, b).ShouldBeTrue();
        _c1.Node.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public void An_icmp_error_about_a_connection_passes_and_one_about_nothing_does_not()
    {
        SimPort a = _cloud.AddPort(_network, _c1, [_cloud.AddOpenGroup()], "10.0.1.5/24");
        SimPort b = Open("10.0.1.6/24");
        a.Host.SendUdp(b.Address, 5000, 53);
        _cloud.Run();
        Received probe = b.Host.Inbox.ShouldHaveSingleItem();
        b.Host.SendIp(probe.ErrorFrom(b.Host, IcmpErrorKind.PortUnreachable));
        _cloud.Run();
        a.Host.Inbox.ShouldHaveSingleItem().Headers.IsIcmpError.ShouldBeTrue();

        byte[] other = PacketBuilder.Udp(new FrameEnds(a.Mac, b.Mac, a.Address, b.Address), 6000, 53, new byte[8]);
        PacketHeaders.Parse(other, out PacketHeaders h);
        b.Host.SendIp(new Received(h, other).ErrorFrom(b.Host, IcmpErrorKind.PortUnreachable));
        _cloud.Run();
        a.Host.Inbox.Count.ShouldBe(1);
        _c2.Node.Counters[DropReason.InvalidConnectionState].ShouldBe(1, "already its sender's node refuses it");
    }

    [Fact]
    public void One_port_cannot_take_all_connections()
    {
        SimNode small = _cloud.AddNode("c3", NodeMode.Dvr, new NodeLimits { Connections = new() { Total = 256, PerZone = 16 }, Flows = 64 });
        SimPort a = _cloud.AddPort(_network, small, [_cloud.AddAllowAllGroup()], "10.0.1.5/24");
        SimPort b = _cloud.AddPort(_network, small, [_cloud.AddAllowAllGroup()], "10.0.1.8/24");
        SimPort c = Open("10.0.1.6/24");
        for (ushort port = 1; port <= 100; port++)
        {
            a.Host.SendUdp(c.Address, port, 53);
        }

        _cloud.Run();
        c.Host.Inbox.Count.ShouldBe(16);
        small.Node.Counters[DropReason.ConnectionLimit].ShouldBe(84);
        Ping(b, c).ShouldBeTrue();
    }

    [Fact]
    public void A_flood_from_one_port_leaves_the_others_their_arp()
    {
        SimNode small = _cloud.AddNode(
            "c3", NodeMode.Dvr, new NodeLimits { Connections = new() { Total = 1024 }, Flows = 64, DecisionsPerSecond = 100, DecisionBurst = 50 });
        SimPort a = _cloud.AddPort(_network, small, [_cloud.AddAllowAllGroup()], "10.0.1.5/24");
        SimPort b = _cloud.AddPort(_network, small, [_cloud.AddAllowAllGroup()], "10.0.1.8/24");
        SimPort c = Open("10.0.1.6/24");
        for (ushort port = 1; port <= 200; port++)
        {
            a.Host.SendUdp(c.Address, port, 53);
        }

        _cloud.Run();
        small.Node.Counters[DropReason.RateLimited].ShouldBeGreaterThan(100);
        Ping(b, c).ShouldBeTrue();
        _cloud.Fabric.Advance(1000);
        Ping(a, c).ShouldBeTrue();
    }

    private SimPort Open(string address, SimNode? node = null) =>
        _cloud.AddPort(_network, node ?? _c2, [_cloud.AddAllowAllGroup()], address);

    private SimPort WithIngress(params SimRule[] rules) => _cloud.AddPort(_network, _c1, [_cloud.AddOpenGroup(rules)], "10.0.1.5/24");

    private bool Ping(SimPort from, SimPort to)
    {
        from.Host.Inbox.Clear();
        from.Host.Ping(to.Address, 9);
        _cloud.Run();
        return from.Host.Inbox.Any(r => r.Headers.IsIcmpQuery && r.Headers.Source == to.Address);
    }

    private void Connect(SimPort client, SimPort server, ushort from, ushort to)
    {
        client.Host.SendTcp(server.Address, from, to, TcpFlags.Syn, 1);
        _cloud.Run();
        server.Host.SendTcp(client.Address, to, from, TcpFlags.Syn | TcpFlags.Ack, 100, 2);
        _cloud.Run();
        Talks(client, server, from, to).ShouldBeTrue();
        Talks(server, client, to, from).ShouldBeTrue();
        Talks(client, server, from, to).ShouldBeTrue();
    }

    private bool Talks(SimPort sender, SimPort receiver, ushort from, ushort to)
    {
        receiver.Host.Inbox.Clear();
        sender.Host.SendTcp(receiver.Address, from, to, TcpFlags.Ack, 2, 101);
        _cloud.Run();
        return receiver.Host.Inbox.Count == 1;
    }
}
