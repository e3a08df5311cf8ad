using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Restart;

/// <summary>The flow of the answers is in the mirror before the first answer comes, on each node that a question passes.</summary>
public sealed class ReplyPredictionTests
{
    private readonly RoutedCloud _cloud = new();
    private readonly (SimNode Node, SimProcess Process, Upcalls Upcalls)[] _nodes;

    public ReplyPredictionTests()
    {
        _nodes = [.. _cloud.Cloud.Fabric.Nodes.Select(node =>
        {
            SimProcess process = new(node, _cloud.Cloud);
            process.Start();
            return (node, process, new Upcalls(node, process.Mirror));
        })];
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        foreach (SimHost host in new[] { _cloud.A.Host, _cloud.B.Host, _cloud.C.Host, _cloud.D.Host, _cloud.Internet })
        {
            host.EchoesUdp = true;
        }
    }

    public static TheoryData<string, string, string> Pairs => new()
    {
        { "a", "10.0.1.6", "c1 c2" },
        { "a", "10.0.2.5", "c1 c2" },
        { "c", "10.0.1.5", "c1 c2" },
        { "a", "10.0.2.6", "c1" },
        { "d", "10.0.1.5", "c1" },
        { "a", "198.51.100.200", "c1" },
        { "internet", "198.51.100.10", "c1" },
        { "a", "198.51.100.10", "c1" },
        { "b", "198.51.100.200", "c2 g1" },
        { "b", "198.51.100.10", "c1 c2 g1" },
        { "a", "2001:db8:1::6", "c1 c2" },
        { "a", "2001:db8:2::5", "c1 c2" },
        { "a", "2001:db8:2::6", "c1" },
        { "a", "2001:db8:ffff::200", "c1 g1" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Of_a_first_round_trip_only_the_question_comes_up_once_on_each_node(string from, string to, string nodes)
    {
        SimHost host = HostOf(from);
        IpAddress target = IpAddress.Parse(to);

        // Neighbours are asked for once; packets that wait for them are decided twice.
        Exchange(host, target, 4000);
        _cloud.Pings(host, target, 1).ShouldBeTrue();
        Settle();
        foreach (Action exchange in (Action[])[() => Exchange(host, target, 4001), () => _cloud.Pings(host, target, 2).ShouldBeTrue()])
        {
            Forget();
            exchange();
            string.Join(' ', Came()).ShouldBe(nodes);
            Verify();
        }
    }

    /// <param name="nodes">That of two ports comes by twice, on its way there and from there.</param>
    [Theory]
    [InlineData("a", "10.0.2.5", "c1 c2 g1")]
    [InlineData("a", "10.0.2.6", "c1 c1 g1")]
    [InlineData("b", "198.51.100.200", "c2 g1")]
    [InlineData("internet", "198.51.100.10", "c1 g1")]
    [InlineData("a", "2001:db8:2::5", "c1 c2 g1")]
    [InlineData("a", "2001:db8:ffff::200", "c1 g1")]
    public void Also_where_the_router_is_on_one_node(string from, string to, string nodes)
    {
        _cloud.Router.Change(r => r with { Distributed = false });
        _cloud.Cloud.Put(_cloud.Cloud.Rows.OfType<StaticNatRow>().Single() with { OwnerHost = null, AtGateway = true });
        _cloud.Cloud.Fabric.Advance(3000);
        Of_a_first_round_trip_only_the_question_comes_up_once_on_each_node(from, to, nodes);
    }

    [Fact]
    public void Answers_on_vxlan_and_vlan_networks_are_foreseen_too()
    {
        _cloud.Cloud.Put(_cloud.Net1 with { Encapsulation = Encapsulation.Vxlan });
        _cloud.Pings(_cloud.A.Host, _cloud.B.Address).ShouldBeTrue();
        SegmentRow vlan = _cloud.Cloud.AddProviderNetwork("physnet1", 42, false);
        SimPort port = _cloud.Cloud.AddPort(vlan, _cloud.C1, [_cloud.Open], "10.9.0.5/24");
        SimHost outside = new("rack", new MacAddress(0x52_54_00_00_09_09), InterfaceSetting.Of("10.9.0.9/24")) { EchoesUdp = true };
        _cloud.Cloud.Fabric.Connect("physnet1", outside, 42);
        _cloud.Pings(port.Host, outside.Address).ShouldBeTrue();
        long hits = _cloud.C1.Node.Counters.CacheHits;
        Forget();
        Exchange(_cloud.A.Host, _cloud.B.Address, 4000);
        string.Join(' ', Came()).ShouldBe("c1 c2");
        _cloud.C1.Node.Counters.CacheHits.ShouldBe(hits + 1);
        Exchange(port.Host, outside.Address, 4000);
        string.Join(' ', Came()).ShouldBe("c1 c1 c2");
        _cloud.C1.Node.Counters.CacheHits.ShouldBe(hits + 2);
    }

    [Fact]
    public void Of_a_tcp_connection_only_the_handshake_comes_up()
    {
        Handshake(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        string.Join(' ', Came()).ShouldBe("c1 c1 c1 c2 c2 c2");
        Forget();

        // Whoever speaks first, as servers of some protocols do.
        _cloud.C.Host.SendTcp(_cloud.A.Address, 80, 5000, TcpFlags.Ack, 101, 2);
        _cloud.A.Host.SendTcp(_cloud.C.Address, 5000, 80, TcpFlags.Ack, 2, 101);
        _cloud.Run();
        Came().ShouldBeEmpty();
        Verify();
    }

    [Fact]
    public void A_rule_that_goes_before_the_answer_comes_refuses_it()
    {
        Guid group = _cloud.Cloud.AddGroup();
        FilterRuleRow rule = _cloud.Cloud.AddRule(group, new SimRule(FilterDirection.Egress, false));
        _cloud.A.Change(p => p with { SecurityGroups = [group] });
        Ask(_cloud.A.Host, _cloud.C.Address, 4000);
        FlowKey answer = AnswersOn(_cloud.C1).ShouldHaveSingleItem().Entry.Key;
        MirrorOf(_cloud.C1).Mirror.Replays(in answer).ShouldBeTrue();
        _cloud.Cloud.Remove(rule);
        MirrorOf(_cloud.C1).Mirror.Replays(in answer).ShouldBeFalse();
        _cloud.C.Host.SendUdp(_cloud.A.Address, 5300, 4000);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldBeEmpty();
        _cloud.C1.Node.Counters[DropReason.FilterIngress].ShouldBe(1);
    }

    [Fact]
    public void Deciding_the_answers_flow_sends_counts_and_answers_nothing()
    {
        Ask(_cloud.A.Host, _cloud.C.Address, 4000);
        foreach (SimNode node in new[] { _cloud.C1, _cloud.C2 })
        {
            FlowView answer = AnswersOn(node).ShouldHaveSingleItem();
            answer.Entry.Packets.ShouldBe(0);
            Connection connection = node.Node.Connections.ShouldHaveSingleItem();
            (connection.IsAnswered, connection.OriginalPackets, connection.ReplyPackets).ShouldBe((false, 1, 0));
        }

        _cloud.A.Host.Inbox.ShouldBeEmpty();
        _cloud.C.Host.Inbox.Count.ShouldBe(1);
        _cloud.C1.Node.Counters[Disposition.Delivered].ShouldBe(0);
        _cloud.C2.Node.Counters[Disposition.Tunnelled].ShouldBe(0);
    }

    [Fact]
    public void A_flood_of_questions_that_nobody_answers_leaves_two_flows_each_that_end_with_their_connections()
    {
        for (ushort port = 4000; port < 4100; port++)
        {
            Ask(_cloud.A.Host, _cloud.C.Address, port);
        }

        _cloud.C1.Node.FlowCount.ShouldBe(200);
        _cloud.C1.Node.ConnectionCount.ShouldBe(100);
        Pass(29_000);
        _cloud.C1.Node.ConnectionCount.ShouldBe(100);
        Pass(3000);
        _cloud.C1.Node.ConnectionCount.ShouldBe(0);
        _cloud.C1.Node.FlowCount.ShouldBe(0);
        MirrorOf(_cloud.C1).Mirror.Flows.ShouldBeEmpty();
    }

    [Fact]
    public void Answers_that_only_the_mirror_saw_make_a_conversation_of_it_also_when_told_late()
    {
        Ask(_cloud.A.Host, _cloud.C.Address, 4000);
        FlowView answer = AnswersOn(_cloud.C1).ShouldHaveSingleItem();
        long answered = _cloud.Cloud.Fabric.Now + 1;
        Pass(100);
        Ask(_cloud.A.Host, _cloud.C.Address, 4000);
        Pass(1000);
        _cloud.C1.Node.NoteMirrored(answer.Slot, in answer.Entry.Key, 1, 60, answered);
        _cloud.C1.Node.Connections.ShouldHaveSingleItem().IsAnswered.ShouldBeTrue();
        Pass(100_000);
        _cloud.C1.Node.ConnectionCount.ShouldBe(1);
        Pass(30_000);
        _cloud.C1.Node.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public void An_answer_by_another_way_is_decided_as_ever_and_the_guess_ends_unused()
    {
        Ask(_cloud.A.Host, _cloud.C.Address, 4000);
        FlowView guess = AnswersOn(_cloud.C1).ShouldHaveSingleItem();
        FrameEnds ends = new(_cloud.Router1.Mac, _cloud.A.Mac, _cloud.C.Address, _cloud.A.Address);
        byte[] answer = PacketBuilder.Udp(in ends, 5300, 4000, [1, 2, 3]);
        GeneveHeader header = new(_cloud.Net1.Vni, EtherType.TransparentBridging, false, false, 0, 0);
        byte[] bytes = new byte[header.Size + answer.Length];
        header.Write(bytes);
        answer.CopyTo(bytes, header.Size);
        _cloud.C1.Receive(PacketSource.Tunnel(_cloud.G1.Settings.TunnelAddress, 0), bytes);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.SourcePort.ShouldBe((ushort)5300);
        AnswersOn(_cloud.C1).Count.ShouldBe(2);
        Pass(58_000);
        Ask(_cloud.A.Host, _cloud.C.Address, 4000);
        Pass(10_000);
        AnswersOn(_cloud.C1).Any(f => f.Entry.Key == guess.Entry.Key).ShouldBeFalse();
        _cloud.C1.Node.ConnectionCount.ShouldBe(1);
        Verify();
    }

    [Fact]
    public void A_floating_ip_that_still_announces_itself_hears_its_first_answer()
    {
        _cloud.Pings(_cloud.A.Host, _cloud.D.Address).ShouldBeTrue();
        _cloud.Internet.EchoesUdp = false;
        Ask(_cloud.A.Host, _cloud.Internet.Address, 4000);
        Ask(_cloud.A.Host, _cloud.Internet.Address, 4000);
        MirrorOf(_cloud.C1).Mirror.Flows.Keys.ShouldContain(k => k.InputKind == FlowInputKind.LocalPort && k.SourcePort == 4000);
        MirrorOf(_cloud.C1).Mirror.Flows.Keys.ShouldNotContain(k => k.InputKind == FlowInputKind.Physical);
        _cloud.Internet.SendUdp(IpAddress.Parse("198.51.100.10"), 5300, 4000);
        _cloud.Run();
        _cloud.C1.ForgetOutputs();
        _cloud.Cloud.Fabric.Advance(12_000);
        _cloud.C1.Transmitted.ShouldNotContain(t => IsAnnouncement(t.Frame));
    }

    [Fact]
    public void A_neighbour_that_is_to_be_asked_again_is_asked_by_the_answer_itself()
    {
        IpAddress fip = IpAddress.Parse("198.51.100.10");
        Exchange(_cloud.Internet, fip, 4000);
        Pass(new NodeLimits().Neighbors.Reachable + 1000);
        Forget();
        _cloud.C1.ForgetOutputs();
        Exchange(_cloud.Internet, fip, 4001);
        string.Join(' ', Came()).ShouldBe("c1 c1");
        _cloud.Cloud.Fabric.Advance(2000);
        _cloud.C1.Transmitted.ShouldContain(t => IsQuestion(t.Frame));
    }

    [Fact]
    public void A_group_call_predicts_nothing()
    {
        FrameEnds ends = new(_cloud.A.Mac, new MacAddress(0x01_00_5E_00_00_FB), _cloud.A.Address, IpAddress.Parse("224.0.0.251"));
        _cloud.A.Host.SendRaw(PacketBuilder.Udp(in ends, 5353, 5353, [1]));
        _cloud.Run();
        _cloud.C1.Node.FlowCount.ShouldBe(0);
        _cloud.C2.Node.FlowCount.ShouldBe(0);
    }

    private SimHost HostOf(string name) => name switch
    {
        "a" => _cloud.A.Host,
        "b" => _cloud.B.Host,
        "c" => _cloud.C.Host,
        "d" => _cloud.D.Host,
        _ => _cloud.Internet,
    };

    private SimProcess MirrorOf(SimNode node) => _nodes.Single(n => n.Node == node).Process;

    /// <summary>Flows towards the port that asked from 4000 and more.</summary>
    private static IReadOnlyList<FlowView> AnswersOn(SimNode node) =>
        [.. node.Node.FlowViews.Where(f => f.Entry.Key.SourcePort == 5300 && f.Entry.Key.DestinationPort >= 4000)];

    private IEnumerable<string> Came() => _nodes.SelectMany(n => n.Upcalls.Keys.Select(_ => n.Node.Host));

    private void Forget() => Array.ForEach(_nodes, n => n.Upcalls.Keys.Clear());

    private void Verify() => Array.ForEach(_nodes, n => MirrorCheck.Verify(n.Node, n.Process.Mirror, _cloud.Cloud.Fabric.Now).Flows.ShouldBeGreaterThanOrEqualTo(0));

    private void Settle()
    {
        _cloud.Run();
        Pass(500);
    }

    /// <summary>Time passes, and the mirrors tell that nothing did.</summary>
    private void Pass(long milliseconds)
    {
        for (long end = _cloud.Cloud.Fabric.Now + milliseconds; _cloud.Cloud.Fabric.Now < end;)
        {
            _cloud.Cloud.Fabric.Advance(Math.Min(1000, end - _cloud.Cloud.Fabric.Now));
            Array.ForEach(_nodes, n => n.Node.Node.NoteMirrorRound(_cloud.Cloud.Fabric.Now));
        }
    }

    private void Ask(SimHost host, IpAddress target, ushort port)
    {
        host.SendUdp(target, port, 5300);
        _cloud.Run();
    }

    private void Exchange(SimHost host, IpAddress target, ushort port)
    {
        host.Inbox.Clear();
        host.SendUdp(target, port, 53);
        _cloud.Run();
        host.Inbox.ShouldContain(r => r.Headers.SourcePort == 53 && r.Headers.DestinationPort == port);
    }

    private void Handshake(SimHost client, SimHost server, ushort from, ushort to)
    {
        client.SendTcp(server.Address, from, to, TcpFlags.Syn, 1);
        _cloud.Run();
        server.SendTcp(client.Address, to, from, TcpFlags.Syn | TcpFlags.Ack, 100, 2);
        _cloud.Run();
        client.SendTcp(server.Address, from, to, TcpFlags.Ack, 2, 101);
        _cloud.Run();
    }

    private static bool IsAnnouncement(byte[] frame) =>
        PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok && h.IsArp && h.Source == h.Destination;

    private static bool IsQuestion(byte[] frame) =>
        PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok && h.IsArp && h.ArpOperation == ArpMessage.Request && h.Source != h.Destination;
}
