using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Restart;

/// <summary>A node whose flows are replayed in a mirror: its counters, its flows' life, and what changes in the state do there.</summary>
public sealed class MirroredNodeTests
{
    private readonly RoutedCloud _cloud = new();
    private readonly SimProcess _c1;

    public MirroredNodeTests()
    {
        _c1 = new SimProcess(_cloud.C1, _cloud.Cloud);
        _c1.Start();
    }

    private Node Node => _cloud.C1.Node;

    [Fact]
    public void What_the_mirror_carried_counts_for_the_node_its_port_and_the_connection()
    {
        FlowView flow = Open();
        long received = Node.Counters.Received;
        Node.NoteMirrored(flow.Slot, in flow.Entry.Key, 100, 6400, _cloud.Cloud.Fabric.Now);
        Node.Counters.KernelHits.ShouldBe(100);
        Node.Counters.Received.ShouldBe(received + 100);
        NodeCounters port = Node.Ports.Single(p => p.PortId == _cloud.A.Id).Counters;
        port[Disposition.Tunnelled].ShouldBeGreaterThanOrEqualTo(100);
        Connection connection = Node.Connections.ShouldHaveSingleItem();
        connection.OriginalPackets.ShouldBeGreaterThanOrEqualTo(100);
        connection.OriginalBytes.ShouldBeGreaterThanOrEqualTo(6400);
        FlowKey other = flow.Entry.Key with { SourcePort = 1 };
        Node.NoteMirrored(flow.Slot, in other, 100, 6400, _cloud.Cloud.Fabric.Now);
        Node.Counters.KernelHits.ShouldBe(100);
    }

    [Fact]
    public void A_flow_that_only_the_mirror_sees_outlives_every_timeout_and_falls_when_it_is_idle()
    {
        FlowView flow = Open();
        flow.Entry.IsMirrored.ShouldBeTrue();
        for (int i = 0; i < 100; i++)
        {
            _cloud.Cloud.Fabric.Advance(2000);
            Node.NoteMirrored(flow.Slot, in flow.Entry.Key, 10, 640, _cloud.Cloud.Fabric.Now - 10);
            Node.NoteMirrorRound(_cloud.Cloud.Fabric.Now);
        }

        Node.Connections.ShouldHaveSingleItem();
        _c1.Mirror.Replays(in flow.Entry.Key).ShouldBeTrue();
        Node.FlowViews.Single(v => v.Slot == flow.Slot).LastUsed.ShouldBe(_cloud.Cloud.Fabric.Now - 10);
        for (int i = 0; i < 65; i++)
        {
            _cloud.Cloud.Fabric.Advance(2000);
            Node.NoteMirrorRound(_cloud.Cloud.Fabric.Now);
        }

        Node.ConnectionCount.ShouldBe(0);
        _c1.Mirror.Flows.ShouldBeEmpty();
    }

    [Fact]
    public void A_removed_rule_voids_the_mirrored_flow_at_once_and_the_next_packet_is_dropped()
    {
        Guid group = _cloud.Cloud.AddGroup();
        FilterRuleRow rule = _cloud.Cloud.AddRule(group, new SimRule(FilterDirection.Egress, false));
        _cloud.A.Change(p => p with { SecurityGroups = [group] });
        FlowView flow = Open();
        _c1.Mirror.Replays(in flow.Entry.Key).ShouldBeTrue();
        _cloud.Cloud.Remove(rule);
        _c1.Mirror.Replays(in flow.Entry.Key).ShouldBeFalse();
        _cloud.A.Host.SendUdp(_cloud.C.Address, 4000, 5300);
        _cloud.Run();
        Node.Counters[DropReason.FilterEgress].ShouldBe(1);
    }

    [Fact]
    public void Tunnelled_flows_tell_the_port_that_the_underlay_sees()
    {
        FlowView flow = Open();
        flow.Entry.Action.OutputKind.ShouldBe(FlowOutputKind.Tunnel);
        int port = 49152 + (int)(_cloud.C1.Tunnelled[^1].Hash % 16384);
        flow.Entry.Action.TunnelSourcePort.ShouldBe((ushort)port);
    }

    [Fact]
    public void Peers_are_told_with_their_numbers_and_their_changes()
    {
        int changes = 0;
        Node.PeersChanged += () => changes++;
        NodeRow row = new(_cloud.Cloud.NewId(), "c9", IpAddress.Parse("192.0.2.99"));
        _cloud.Cloud.Put(row);
        changes.ShouldBe(1);
        uint number = Node.Peers.Single(p => p.Address == row.TunnelAddress).Number;
        Node.Peers.Count(p => p.Number == number).ShouldBe(1);
        _cloud.Cloud.Remove(row);
        changes.ShouldBe(2);
        Node.Peers.ShouldNotContain(p => p.Address == row.TunnelAddress);
    }

    private FlowView Open()
    {
        _cloud.A.Host.SendUdp(_cloud.C.Address, 4000, 5300);
        _cloud.Run();
        return Node.FlowViews.Single(f => f.Entry.Key.InputKind == FlowInputKind.LocalPort && f.Entry.Key.SourcePort == 4000);
    }
}
