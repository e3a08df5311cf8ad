using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

/// <summary>
/// What is dropped again and again is dropped without a walk, and whatever would let it pass does so at once. Every packet is compared with what a
/// trace says of it at that moment.
/// </summary>
public sealed class RememberedDropTests
{
    private readonly RoutedCloud _cloud = new();
    private readonly SimProcess _c1;
    private readonly Guid _closed;

    public RememberedDropTests()
    {
        _c1 = new SimProcess(_cloud.C1, _cloud.Cloud);
        _c1.Start();
        foreach (SimNode node in _cloud.Cloud.Fabric.Nodes)
        {
            node.VerifiesTraces = true;
        }

        _closed = _cloud.Cloud.AddOpenGroup();
        _cloud.A.Change(p => p with { SecurityGroups = [_closed] });
    }

    private Node Node => _cloud.C1.Node;

    [Fact]
    public void A_flood_is_walked_twice_and_counted_each_time()
    {
        Flood(10);
        Node.Counters[DropReason.FilterIngress].ShouldBe(10);
        Node.Counters.CacheHits.ShouldBe(8);
        PortCounters(_cloud.A)[DropReason.FilterIngress].ShouldBe(10);
        PortCounters(_cloud.D)[DropReason.FilterIngress].ShouldBe(0);
        _cloud.A.Host.Inbox.ShouldBeEmpty();
    }

    [Fact]
    public void A_rule_that_is_added_opens_at_once()
    {
        Flood(5);
        _cloud.Cloud.AddRule(_closed, new SimRule(FilterDirection.Ingress, false, IpProtocol.Udp));
        _c1.Mirror.Flows.Values.Where(f => f.Action.OutputKind == FlowOutputKind.Drop).ShouldAllBe(f => !_c1.Mirror.IsCurrent(f.Action));
        Flood(1);
        _cloud.A.Host.Inbox.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_member_that_joins_a_remote_group_is_let_in_at_once()
    {
        Guid friends = _cloud.Cloud.AddGroup();
        _cloud.Cloud.AddRule(_closed, new SimRule(FilterDirection.Ingress, false, Group: friends));
        Flood(5);
        _cloud.Cloud.Put(new AddressSetMemberRow(friends, _cloud.D.Id, [IpPrefix.Host(_cloud.D.Address)]));
        Flood(1);
        _cloud.A.Host.Inbox.ShouldHaveSingleItem();
    }

    [Fact]
    public void What_was_dropped_as_unasked_passes_at_once_as_an_answer()
    {
        Flood(5);
        _cloud.A.Host.SendUdp(_cloud.D.Address, 4000, 5300);
        _cloud.Run();
        Flood(3);
        _cloud.A.Host.Inbox.Count.ShouldBe(3);
        Node.Counters[DropReason.FilterIngress].ShouldBe(5);
    }

    [Fact]
    public void The_same_behind_a_routers_address()
    {
        IpAddress router = IpAddress.Parse("198.51.100.2");
        Node gateway = _cloud.G1.Node;
        for (int i = 0; i < 5; i++)
        {
            _cloud.Internet.SendUdp(router, 5300, 4000);
            _cloud.Run();
        }

        gateway.Counters[DropReason.NoNatBinding].ShouldBe(5);
        gateway.Counters.CacheHits.ShouldBe(3);
        _cloud.A.Host.SendUdp(_cloud.Internet.Address, 4000, 5300);
        _cloud.Run();
        _cloud.Internet.Inbox.ShouldHaveSingleItem().Headers.SourcePort.ShouldBe((ushort)4000);
        _cloud.Internet.SendUdp(router, 5300, 4000);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_port_that_is_wired_gets_its_packets_at_once()
    {
        _cloud.A.Change(p => p with { SecurityGroups = [_cloud.Open] });
        int device = _cloud.C1.DeviceOf(_cloud.A.Id);
        Flood(1);
        Node.DetachPort(_cloud.A.Id);
        Flood(5);
        Node.Counters[DropReason.PortDown].ShouldBe(5);
        Node.AttachPort(_cloud.A.Id, device);
        Flood(1);
        _cloud.A.Host.Inbox.Count.ShouldBe(2);
    }

    [Fact]
    public void Stray_answers_close_no_door_to_a_first_packet()
    {
        _cloud.Cloud.AddRule(_closed, new SimRule(FilterDirection.Ingress, false, IpProtocol.Tcp, 22, 22));
        for (int i = 0; i < 5; i++)
        {
            Send(TcpFlags.Syn | TcpFlags.Ack);
        }

        Node.Counters[DropReason.InvalidConnectionState].ShouldBe(5);
        Send(TcpFlags.Syn);
        _cloud.A.Host.Inbox.ShouldHaveSingleItem();
    }

    [Fact]
    public void Odd_packets_of_a_flow_that_passes_do_not_end_it()
    {
        _cloud.Cloud.AddRule(_closed, new SimRule(FilterDirection.Ingress, false, IpProtocol.Tcp, 22, 22));
        Send(TcpFlags.Syn);
        _cloud.A.Host.SendTcp(_cloud.D.Address, 22, 4000, TcpFlags.Syn | TcpFlags.Ack, 100, 2);
        _cloud.Run();
        Send(TcpFlags.Ack);
        Send(TcpFlags.Ack);
        for (int i = 0; i < 5; i++)
        {
            Send(TcpFlags.Syn | TcpFlags.Fin);
        }

        long hits = Node.Counters.CacheHits;
        Send(TcpFlags.Ack);
        Node.Counters.CacheHits.ShouldBe(hits + 1);
        Node.Counters[DropReason.InvalidConnectionState].ShouldBe(5);
    }

    [Fact]
    public void A_packet_that_runs_out_of_hops_is_still_told_so()
    {
        Flood(5);
        _cloud.D.Host.SendUdp(_cloud.A.Address, 5300, 4000, ttl: 1);
        _cloud.Run();
        _cloud.D.Host.Inbox.ShouldHaveSingleItem().Headers.IcmpType.ShouldBe(Icmpv4Type.TimeExceeded);
    }

    [Fact]
    public void A_scan_leaves_nothing_behind()
    {
        for (ushort port = 1; port <= 500; port++)
        {
            _cloud.D.Host.SendUdp(_cloud.A.Address, 5300, port);
        }

        _cloud.Run();
        Node.Counters[DropReason.FilterIngress].ShouldBe(500);
        Node.FlowCount.ShouldBe(0);
    }

    [Fact]
    public void A_drop_is_remembered_for_a_second()
    {
        Flood(5);
        Node.Counters.CacheHits.ShouldBe(3);
        FlowAction drop = Drop().Entry.Action;
        drop.Deadline.ShouldBe(_cloud.Cloud.Fabric.Now + 1000);
        _cloud.Cloud.Fabric.Advance(1000);
        Flood(1);
        Node.Counters.CacheHits.ShouldBe(3);
        _cloud.Cloud.Fabric.Advance(200_000);
        Node.FlowCount.ShouldBe(0);
        _c1.Mirror.Flows.ShouldBeEmpty();
    }

    [Fact]
    public void What_the_mirror_dropped_counts_under_its_reason_for_the_filters_port_also_when_told_late()
    {
        Flood(5);
        FlowView drop = Drop();
        drop.Entry.IsMirrored.ShouldBeTrue();
        Node.NoteMirrorRound(_cloud.Cloud.Fabric.Now);
        _cloud.Cloud.Fabric.Advance(2000);
        Node.NoteMirrored(drop.Slot, in drop.Entry.Key, 1000, 64_000, _cloud.Cloud.Fabric.Now);
        Node.Counters[DropReason.FilterIngress].ShouldBe(1005);
        Node.Counters[Disposition.Dropped].ShouldBe(1005);
        Node.Counters.KernelHits.ShouldBe(1000);
        PortCounters(_cloud.A)[DropReason.FilterIngress].ShouldBe(1005);
        Node.NoteMirrorRound(_cloud.Cloud.Fabric.Now);
        _cloud.Cloud.Fabric.Advance(200);
        Node.FlowCount.ShouldBe(0);
    }

    [Fact]
    public void Spoofed_packets_are_counted_for_who_sent_them()
    {
        FrameEnds ends = new(_cloud.D.Mac, _cloud.Router2.Mac, IpAddress.Parse("10.0.2.77"), _cloud.A.Address);
        for (int i = 0; i < 5; i++)
        {
            _cloud.D.Host.SendRaw(PacketBuilder.Udp(ends, 1, 2, []));
            _cloud.Run();
        }

        Node.Counters.CacheHits.ShouldBe(3);
        PortCounters(_cloud.D)[DropReason.SpoofedAddress].ShouldBe(5);
    }

    [Fact]
    public void A_neighbour_that_does_not_answer_is_no_lasting_drop()
    {
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        for (int i = 0; i < 5; i++)
        {
            _cloud.A.Host.SendUdp(IpAddress.Parse("198.51.100.99"), 4000, 5300);
            _cloud.Run();
            _cloud.Cloud.Fabric.Advance(1000);
        }

        Node.Counters[DropReason.NoNeighbor].ShouldBeGreaterThan(0);
        Node.Flows.ShouldNotContain(f => f.IsNegative);
    }

    private FlowView Drop() => Node.FlowViews.Single(f => f.Entry.IsNegative);

    private NodeCounters PortCounters(SimPort port) => Node.Ports.Single(p => p.PortId == port.Id).Counters;

    private void Send(TcpFlags flags)
    {
        _cloud.D.Host.SendTcp(_cloud.A.Address, 4000, 22, flags, 2, 101);
        _cloud.Run();
    }

    private void Flood(int packets)
    {
        for (int i = 0; i < packets; i++)
        {
            _cloud.D.Host.SendUdp(_cloud.A.Address, 5300, 4000);
            _cloud.Run();
        }
    }
}
