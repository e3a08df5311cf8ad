using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class TunnelTests
{
    private readonly RoutedCloud _cloud = new();

    [Fact]
    public void An_unknown_outer_source_is_refused() =>
        ShouldDrop(DropReason.UnknownTunnelPeer, FromB(), IpAddress.Parse("192.0.2.99"), _cloud.Net1.Vni);

    [Fact]
    public void An_unknown_vni_is_refused() =>
        ShouldDrop(DropReason.UnknownVni, FromB(), _cloud.C2.Settings.TunnelAddress, 9999);

    [Fact]
    public void A_mac_that_is_bound_elsewhere_is_refused() =>
        ShouldDrop(DropReason.SpoofedTunnelSource, FromB(), _cloud.G1.Settings.TunnelAddress, _cloud.Net1.Vni);

    [Fact]
    public void A_forged_mac_is_refused() => ShouldDrop(
        DropReason.SpoofedTunnelSource,
        PacketBuilder.Udp(new FrameEnds(MacAddress.Parse("02:00:00:00:00:99"), _cloud.A.Mac, _cloud.B.Address, _cloud.A.Address), 1, 2, []),
        _cloud.C2.Settings.TunnelAddress, _cloud.Net1.Vni);

    [Fact]
    public void Another_encapsulation_of_the_same_vni_is_refused()
    {
        _cloud.Forget();
        byte[] bytes = [.. new byte[8], .. FromB()];
        new VxlanHeader(_cloud.Net1.Vni).Write(bytes);
        _cloud.C1.Receive(PacketSource.Tunnel(_cloud.C2.Settings.TunnelAddress, 0, Encapsulation.Vxlan), bytes);
        _cloud.C1.Node.Counters[DropReason.UnknownVni].ShouldBe(1);
    }

    [Fact]
    public void Garbage_and_truncated_packets_are_malformed()
    {
        byte[] good = Encapsulate(FromB(), _cloud.Net1.Vni);
        for (int length = 0; length < good.Length; length++)
        {
            _cloud.C1.Receive(PacketSource.Tunnel(_cloud.C2.Settings.TunnelAddress, 0), good[..length]);
        }

        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldBeEmpty();
        _cloud.C1.Node.Counters[DropReason.Malformed].ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Port_keys_that_lie_change_nothing()
    {
        _cloud.Forget();
        byte[] bytes = Encapsulate(FromB(), _cloud.Net1.Vni, 77, 78);
        _cloud.C1.Receive(PacketSource.Tunnel(_cloud.C2.Settings.TunnelAddress, 0), bytes);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_broadcast_from_a_tunnel_is_not_sent_into_tunnels_again()
    {
        _cloud.Forget();
        byte[] frame = PacketBuilder.Udp(new FrameEnds(_cloud.B.Mac, MacAddress.Broadcast, _cloud.B.Address, IpAddress.Parse("10.0.1.255")), 1, 2, []);
        _cloud.C1.Receive(PacketSource.Tunnel(_cloud.C2.Settings.TunnelAddress, 0), Encapsulate(frame, _cloud.Net1.Vni));
        _cloud.Run();
        _cloud.A.Host.Seen.ShouldHaveSingleItem();
        _cloud.C1.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void The_transit_vni_is_for_the_gateway_node_alone()
    {
        _cloud.Forget();
        byte[] frame = PacketBuilder.Udp(
            new FrameEnds(_cloud.Router1.Mac, _cloud.Router.Gateway!.Mac, _cloud.B.Address, _cloud.Internet.Address), 1, 2, []);
        _cloud.C1.Receive(PacketSource.Tunnel(_cloud.C2.Settings.TunnelAddress, 0), Encapsulate(frame, _cloud.Router.Row.TransitVni));
        _cloud.Run();
        _cloud.C1.Node.Counters[DropReason.NoGateway].ShouldBe(1);
        _cloud.C1.Transmitted.ShouldBeEmpty();
    }

    [Fact]
    public void Congestion_marks_reach_the_inner_header()
    {
        byte[] frame = FromB();
        frame[15] = 2;
        frame[24] = frame[25] = 0;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum.Compute(frame.AsSpan(14, 20)));
        _cloud.Forget();
        _cloud.C1.Receive(PacketSource.Tunnel(_cloud.C2.Settings.TunnelAddress, 3), Encapsulate(frame, _cloud.Net1.Vni));
        _cloud.Run();
        (_cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.TrafficClass & 3).ShouldBe(3);
    }

    [Fact]
    public void The_outer_header_carries_the_inner_traffic_class()
    {
        byte[] frame = PacketBuilder.Udp(new FrameEnds(_cloud.A.Mac, _cloud.B.Mac, _cloud.A.Address, _cloud.B.Address), 1, 2, []);
        frame[15] = 0xB8;
        frame[24] = frame[25] = 0;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum.Compute(frame.AsSpan(14, 20)));
        _cloud.Forget();
        _cloud.A.Host.SendRaw(frame);
        _cloud.A.Host.SendRaw(frame);
        _cloud.Run();
        _cloud.C1.Tunnelled.Select(t => t.Tos).ShouldBe([0xB8, 0xB8]);
    }

    [Fact]
    public void Vxlan_networks_work_the_same()
    {
        SegmentRow vxlan = new(_cloud.Cloud.NewId(), Encapsulation.Vxlan, 5000, null, 0, 1450, false, true);
        _cloud.Cloud.Put(vxlan);
        SimPort x = _cloud.Cloud.AddPort(vxlan, _cloud.C1, [_cloud.Open], "10.5.0.5/24");
        SimPort y = _cloud.Cloud.AddPort(vxlan, _cloud.C2, [_cloud.Open], "10.5.0.6/24");
        _cloud.Forget();
        _cloud.Pings(x.Host, y.Address).ShouldBeTrue();
        _cloud.C1.Tunnelled.ShouldHaveSingleItem().Encapsulation.ShouldBe(Encapsulation.Vxlan);
    }

    private byte[] FromB() => PacketBuilder.Udp(new FrameEnds(_cloud.B.Mac, _cloud.A.Mac, _cloud.B.Address, _cloud.A.Address), 1, 2, []);

    private void ShouldDrop(DropReason reason, byte[] frame, IpAddress outer, uint vni)
    {
        _cloud.Forget();
        _cloud.C1.Receive(PacketSource.Tunnel(outer, 0), Encapsulate(frame, vni));
        _cloud.Run();
        _cloud.C1.Node.Counters[reason].ShouldBe(1);
        _cloud.A.Host.Seen.ShouldBeEmpty();
    }

    private static byte[] Encapsulate(byte[] frame, uint vni, ushort ingress = 0, ushort egress = 0)
    {
        GeneveHeader header = new(vni, ingress, egress);
        byte[] bytes = [.. new byte[header.Size], .. frame];
        header.Write(bytes);
        return bytes;
    }
}
