using Vicinal.Datapath.Flows;
using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf.Layout;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>Tags on a provider network's NIC: on the way out, on the way in, and in frames that are not ours.</summary>
[Collection(KernelCollection.Name)]
public sealed class VlanTests : IDisposable
{
    private const ushort Vlan = 77;

    private readonly NetworkNamespace _space = NetworkNamespace.Create(KernelFixture.Unique("n"));
    private readonly NetworkNamespace _outside = NetworkNamespace.Create(KernelFixture.Unique("o"));
    private readonly WireNode _node;
    private readonly IFrameDevice _wire;

    public VlanTests()
    {
        using Rtnetlink route = Rtnetlink.Open(_space);
        using Rtnetlink outside = Rtnetlink.Open(_outside);
        route.CreateVeth(new VethEnd("nic"), new VethEnd("wire") { Namespace = _outside });
        route.DisableAddressGeneration("nic");
        outside.DisableAddressGeneration("wire");
        route.SetUp("nic");
        outside.SetUp("wire");
        VethReadiness.Await(_space, "nic", _outside, "wire");
        _wire = _outside.Run(() => PacketSocketDevice.Open("wire", new PacketSocketOptions { Promiscuous = true }));
        _node = new WireNode(_space, "nic", IpAddress.Parse("192.0.2.1"));
        _node.Path.SetOwnMacs(WireNode.Physical, [(Vlan, Traffic.Gateway), ((ushort)0, Traffic.Gateway)]);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9000)]
    public void A_packet_leaves_with_the_tag_that_its_network_has(int size)
    {
        (IFrameDevice guest, int index) = _node.AddVeth("va");
        PacketBuffer packet = Traffic.Tcp(ipv4: true, size);
        PacketBuffer left = _node.Decide(
            packet, new FlowInput(FlowInputKind.LocalPort, (uint)index), h => h with { Flags = h.Flags | HeaderFlags.Vlan, VlanTci = Vlan, Ttl = 63 },
            new FlowOutput(FlowOutputKind.Physical, WireNode.Physical));
        List<byte[]> expected = Traffic.OnTheWire(left);
        guest.Send(packet).ShouldBeTrue();
        Arrived(_wire, expected.Count).ShouldBe(expected);
    }

    [Theory]
    [InlineData(100, 5)]
    [InlineData(9000, 0)]
    public void A_tagged_packet_arrives_without_its_tag(int size, byte priority)
    {
        (IFrameDevice guest, int index) = _node.AddTap("ta");
        PacketBuffer packet = Traffic.Tcp(ipv4: false, size);
        new VlanTag(priority, false, Vlan).Push(packet);
        PacketBuffer left = _node.Decide(
            packet, new FlowInput(FlowInputKind.Physical, WireNode.Physical), h => h with { Flags = h.Flags & ~HeaderFlags.Vlan, VlanTci = 0, Ttl = 63 },
            new FlowOutput(FlowOutputKind.Port, (uint)index));
        List<byte[]> expected = Traffic.OnTheWire(left);
        _wire.Send(packet).ShouldBeTrue();
        Arrived(guest, expected.Count).ShouldBe(expected);
    }

    [Fact]
    public void From_one_vlan_to_another_the_priority_stays()
    {
        PacketBuffer packet = Traffic.Udp(ipv4: true, 100);
        new VlanTag(6, false, Vlan).Push(packet);
        PacketBuffer left = _node.Decide(
            packet, new FlowInput(FlowInputKind.Physical, WireNode.Physical),
            h => h with { VlanTci = (ushort)((h.VlanTci & 0xF000) | 99), DestinationMac = Traffic.Guest, Ttl = 63 },
            new FlowOutput(FlowOutputKind.Physical, WireNode.Physical));
        _wire.Send(packet).ShouldBeTrue();
        byte[] arrived = Arrived(_wire, 1).ShouldHaveSingleItem();
        arrived.ShouldBe(Traffic.OnTheWire(left)[0]);
        VlanTag.TryRead(arrived, out VlanTag tag).ShouldBeTrue();
        (tag.Priority, tag.Id).ShouldBe(((byte)6, (ushort)99));
    }

    [Fact]
    public void An_undecided_packet_goes_up_with_its_tag_told()
    {
        PacketBuffer packet = Traffic.Udp(ipv4: true, 100);
        byte[] plain = packet.Span.ToArray();
        new VlanTag(3, false, Vlan).Push(packet);
        _wire.Send(packet).ShouldBeTrue();
        PacketBuffer up = _node.Upcalls.Collect(all => all.Count == 1, p => p.Span[12] == 0x88 && p.Span[13] == 0xB5).ShouldHaveSingleItem();
        UpcallHeader header = System.Runtime.InteropServices.MemoryMarshal.Read<UpcallHeader>(up.Span);
        (header.Kind, header.Flags, header.VlanTci).ShouldBe((UpcallKind.Physical, UpcallFlags.Vlan, (ushort)((3 << 13) | Vlan)));
        up.Span[UpcallHeader.Size..].ToArray().ShouldBe(plain);
    }

    /// <summary>0x88A8 with the id of one of our VLANs.</summary>
    [Fact]
    public void A_service_providers_tag_is_none_of_ours()
    {
        PacketBuffer packet = Traffic.Udp(ipv4: true, 100);
        new VlanTag(0, false, Vlan).Push(packet);
        packet.Span[12] = 0x88;
        packet.Span[13] = 0xA8;
        _wire.Send(packet).ShouldBeTrue();

        // The next packet does go up, so that this one had its time.
        _wire.Send(Traffic.Udp(ipv4: true, 7)).ShouldBeTrue();
        SpinWait.SpinUntil(() => _node.Path.ReadCounters().Upcalls > 0, 2000).ShouldBeTrue();
        _node.Path.ReadCounters().Upcalls.ShouldBe(1);
    }

    /// <summary>The inner of two tags cannot go up in front of our header; the packet is counted and not silently gone.</summary>
    [Fact]
    public void A_guests_frame_with_two_tags_is_counted()
    {
        (IFrameDevice guest, _) = _node.AddVeth("va");
        PacketBuffer packet = Traffic.Udp(ipv4: true, 100);
        new VlanTag(0, false, 5).Push(packet);
        new VlanTag(0, false, 6).Push(packet);
        packet.Offload = default;
        guest.Send(packet).ShouldBeTrue();
        SpinWait.SpinUntil(() => _node.Path.ReadCounters().Failed == 1, 2000).ShouldBeTrue();
        _node.Path.ReadCounters().Upcalls.ShouldBe(0);
    }

    public void Dispose()
    {
        _node.Dispose();
        _wire.Dispose();
        _space.Delete();
        _outside.Delete();
    }

    private static List<byte[]> Arrived(IFrameDevice device, int count)
    {
        List<PacketBuffer> all = device.Collect(all => all.Sum(p => Segments(p)) >= count);
        return [.. all.SelectMany(Traffic.OnTheWire)];
    }

    private static int Segments(PacketBuffer packet)
    {
        PacketBuffer copy = new();
        copy.CopyFrom(packet);
        return Traffic.OnTheWire(copy).Count;
    }
}
