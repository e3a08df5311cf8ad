using System.Buffers.Binary;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

/// <summary>Networks of every encapsulation beside each other, on two computes and one router.</summary>
public sealed class EncapsulationTests
{
    private static readonly Encapsulation[] s_tunnels = [Encapsulation.Geneve, Encapsulation.Vxlan, Encapsulation.Gre];

    private readonly SimCloud _cloud = new();
    private readonly SimNode _c1;
    private readonly SimNode _c2;
    private readonly Guid _open;

    public EncapsulationTests()
    {
        _c1 = _cloud.AddNode("c1", physicalNetworks: "physnet1");
        _c2 = _cloud.AddNode("c2", physicalNetworks: "physnet1");
        _open = _cloud.AddAllowAllGroup();
    }

    public static TheoryData<Encapsulation> Tunnels => [.. s_tunnels];

    [Theory]
    [MemberData(nameof(Tunnels))]
    public void A_ping_crosses_in_the_networks_own_encapsulation_under_its_key(Encapsulation encapsulation)
    {
        uint key = encapsulation == Encapsulation.Gre ? 0x7FFF_FFFFu : 0xFF_FFFF;
        SegmentRow network = _cloud.AddTunnelled(encapsulation, key);
        (SimPort a, SimPort b) = AddPair(network, "10.0.1");
        Pings(a, b).ShouldBeTrue();
        SentTunnel sent = _c1.Tunnelled.ShouldHaveSingleItem();
        (sent.Encapsulation, sent.Vni, sent.Remote).ShouldBe((encapsulation, key, _c2.Settings.TunnelAddress));
        _cloud.Fabric.Wire.ShouldBeEmpty();
    }

    [Fact]
    public void One_key_is_another_network_in_each_encapsulation()
    {
        foreach (Encapsulation encapsulation in s_tunnels)
        {
            AddPair(_cloud.AddTunnelled(encapsulation, 77), "10.0.1");
        }

        foreach (SimPort from in Ports(_c1))
        {
            SimPort to = Ports(_c2).Single(port => port.Row.NetworkId == from.Row.NetworkId);
            Forget();
            Pings(from, to).ShouldBeTrue();
            Ports(_c2).Where(port => port != to).ShouldAllBe(port => port.Host.Seen.Count == 0);
        }
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public void A_key_in_another_encapsulation_is_unknown(Encapsulation encapsulation)
    {
        (SimPort a, SimPort b) = AddPair(_cloud.AddTunnelled(encapsulation, 77), "10.0.1");
        foreach (Encapsulation other in s_tunnels.Where(other => other != encapsulation))
        {
            _c2.Receive(PacketSource.Tunnel(_c1.Settings.TunnelAddress, 0, other), Tunnelled(other, 77, Datagram(a, b)));
        }

        _cloud.Run();
        _c2.Node.Counters[DropReason.UnknownVni].ShouldBe(2);
        b.Host.Seen.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public void Who_may_not_speak_through_a_tunnel_is_refused(Encapsulation encapsulation)
    {
        (SimPort a, SimPort b) = AddPair(_cloud.AddTunnelled(encapsulation, 77), "10.0.1");
        byte[] good = Tunnelled(encapsulation, 77, Datagram(a, b));
        byte[] forged = Tunnelled(encapsulation, 77, PacketBuilder.Udp(new FrameEnds(b.Mac, b.Mac, a.Address, b.Address), 1, 2, []));
        byte[] tagged = Tunnelled(encapsulation, 77, PacketBuilder.Tagged(Datagram(a, b), new VlanTag(0, false, 5)));
        Refuses(DropReason.UnknownTunnelPeer, IpAddress.Parse("192.0.2.99"), good);
        Refuses(DropReason.SpoofedTunnelSource, _c1.Settings.TunnelAddress, forged);
        Refuses(DropReason.UnsupportedProtocol, _c1.Settings.TunnelAddress, tagged);
        Refuses(DropReason.UnknownVni, _c1.Settings.TunnelAddress, Tunnelled(encapsulation, 78, Datagram(a, b)));
        b.Host.Seen.ShouldBeEmpty();

        void Refuses(DropReason reason, IpAddress outer, byte[] packet)
        {
            _c2.Receive(PacketSource.Tunnel(outer, 0, encapsulation), packet);
            _cloud.Run();
            _c2.Node.Counters[reason].ShouldBe(1, $"{reason}");
        }
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public void A_mac_that_no_port_has_does_not_leave_the_node(Encapsulation encapsulation)
    {
        (SimPort a, SimPort b) = AddPair(_cloud.AddTunnelled(encapsulation), "10.0.1");
        a.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(a.Mac, MacAddress.Parse("fa:16:3e:99:99:99"), a.Address, IpAddress.Parse("10.0.1.99")), 1, 2, []));
        a.Host.Ping(IpAddress.Parse("10.0.1.99"));
        _cloud.Run();
        _c1.Tunnelled.ShouldBeEmpty();
        b.Host.Seen.ShouldBeEmpty();
    }

    [Fact]
    public void One_router_joins_networks_of_every_encapsulation()
    {
        SimRouter router = _cloud.AddRouter();
        SegmentRow[] networks =
        [
            .. s_tunnels.Select(encapsulation => _cloud.AddTunnelled(encapsulation)),
            _cloud.AddProviderNetwork("physnet1", 101, external: false),
            _cloud.AddProviderNetwork("physnet1", 102, external: false),
        ];
        for (int i = 0; i < networks.Length; i++)
        {
            router.AddInterface(networks[i], $"10.0.{i + 1}.1/24");
            AddPair(networks[i], $"10.0.{i + 1}");
        }

        foreach (SimPort from in Ports(_c1))
        {
            foreach (SimPort to in Ports(_c2))
            {
                Forget();
                Pings(from, to).ShouldBeTrue($"{from.Address} to {to.Address}");
                SegmentRow own = networks.Single(network => network.NetworkId == to.Row.NetworkId);
                _c1.Tunnelled.ShouldAllBe(sent => sent.Encapsulation == own.Encapsulation && sent.Vni == own.Vni);
                _c1.Tunnelled.Count.ShouldBe(own.IsTunnelled ? 1 : 0);
            }
        }

        OneMacComesFromOnePlace();
    }

    [Theory]
    [InlineData(Encapsulation.Geneve, 1442)]
    [InlineData(Encapsulation.Vxlan, 1450)]
    [InlineData(Encapsulation.Gre, 1458)]
    [InlineData(Encapsulation.Vlan, 1480)]
    public void Towards_each_encapsulation_the_networks_own_mtu_counts(Encapsulation encapsulation, int mtu)
    {
        SegmentRow near = _cloud.AddTunnelled(Encapsulation.Geneve, mtu: 1500);
        SegmentRow far = encapsulation == Encapsulation.Vlan
            ? _cloud.AddProviderNetwork("physnet1", 101, external: false, mtu)
            : _cloud.AddTunnelled(encapsulation, mtu: mtu);
        SimRouter router = _cloud.AddRouter((near, "10.0.1.1/24"), (far, "10.0.2.1/24"));
        SimPort from = AddPair(near, "10.0.1").A;
        SimPort to = AddPair(far, "10.0.2").B;
        foreach (int length in (int[])[mtu, mtu + 1])
        {
            byte[] frame = PacketBuilder.Udp(from.Host.EndsTo(to.Address), 5000, 5001, new byte[length - 28]);
            frame[20] |= 0x40;
            frame[24] = frame[25] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum.Compute(frame.AsSpan(14, 20)));
            from.Host.SendIp(frame);
            _cloud.Run();
        }

        to.Host.Inbox.ShouldHaveSingleItem().Headers.L3Length.ShouldBe(mtu);
        Received error = from.Host.Inbox.ShouldHaveSingleItem();
        error.Headers.Source.ShouldBe(router.Interfaces[0].Addresses[0].Address);
        IcmpHeader.TryRead(error.Frame.AsSpan(error.Headers.L4Offset), out IcmpHeader icmp).ShouldBeTrue();
        (icmp.Type, icmp.Code, icmp.Rest & 0xFFFF).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)4, (uint)mtu));
    }

    /// <summary>Over a NIC of 1500 bytes the transit has room for 1450, whatever the network carries.</summary>
    [Theory]
    [InlineData(Encapsulation.Geneve, 1442, 0, 1442)]
    [InlineData(Encapsulation.Vxlan, 1450, 0, 1450)]
    [InlineData(Encapsulation.Gre, 1458, 0, 1450)]
    [InlineData(Encapsulation.Gre, 1458, 1500, 1450)]
    [InlineData(Encapsulation.Vlan, 1500, 1500, 1450)]
    [InlineData(Encapsulation.Vlan, 1500, 1600, 1500)]
    public void What_goes_to_a_gateway_elsewhere_fits_the_transit(Encapsulation encapsulation, int mtu, int underlay, int room)
    {
        SimNode source = _cloud.AddNode("c9", NodeMode.Dvr, null, settings => settings with { UnderlayMtu = underlay }, "physnet1");
        SimNode gateway = _cloud.AddNode("g1", physicalNetworks: "physnet1");
        SegmentRow external = _cloud.AddProviderNetwork("physnet1", 0, external: true, 1500);
        SegmentRow network = encapsulation == Encapsulation.Vlan
            ? _cloud.AddProviderNetwork("physnet1", 101, external: false, mtu)
            : _cloud.AddTunnelled(encapsulation, mtu: mtu);
        SimRouter router = _cloud.AddRouter((network, "10.0.1.1/24"));
        router.SetGateway(external, ["198.51.100.2/24"], ["198.51.100.1"], enableSnat: true, gateway.Host);
        SimPort from = _cloud.AddPort(network, source, [_open], "10.0.1.5/24>10.0.1.1");
        foreach (int length in (int[])[room, room + 1])
        {
            byte[] frame = PacketBuilder.Udp(from.Host.EndsTo(IpAddress.Parse("203.0.113.9")), 5000, 5001, new byte[length - 28]);
            frame[20] |= 0x40;
            frame[24] = frame[25] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum.Compute(frame.AsSpan(14, 20)));
            from.Host.SendIp(frame);
            _cloud.Run();
        }

        SentTunnel sent = source.Tunnelled.ShouldHaveSingleItem();
        (sent.Vni, sent.Header.HasPortKeys).ShouldBe((router.Row.TransitVni, false));
        Received error = from.Host.Inbox.ShouldHaveSingleItem();
        IcmpHeader.TryRead(error.Frame.AsSpan(error.Headers.L4Offset), out IcmpHeader icmp).ShouldBeTrue();
        (icmp.Type, icmp.Code, icmp.Rest & 0xFFFF).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)4, (uint)room));
    }

    [Fact]
    public void Damaged_gre_harms_nobody()
    {
        const int Seed = 47;
        Random random = new(Seed);
        (SimPort a, SimPort b) = AddPair(_cloud.AddTunnelled(Encapsulation.Gre, 77), "10.0.1");
        b.Host.ExpectsDamage = true;
        byte[] good = Tunnelled(Encapsulation.Gre, 77, Datagram(a, b));
        PacketSource source = PacketSource.Tunnel(_c1.Settings.TunnelAddress, 0, Encapsulation.Gre);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] packet = [.. good];
            for (int damage = random.Next(1, 5); damage > 0; damage--)
            {
                packet[random.Next(random.Next(2) == 0 ? 8 : packet.Length)] = (byte)random.Next(256);
            }

            packet = random.Next(3) == 0 ? packet[..random.Next(packet.Length)] : packet;
            Should.NotThrow(() => _c2.Receive(source, packet), $"seed {Seed}, packet {i}: {Convert.ToHexString(packet)}");
            _cloud.Run();
        }

        _c2.Node.Counters[DropReason.Malformed].ShouldBeGreaterThan(0);
        Pings(a, b).ShouldBeTrue();
    }

    private List<SimPort> AllPorts { get; } = [];

    private IEnumerable<SimPort> Ports(SimNode node) => AllPorts.Where(port => port.Node == node);

    private (SimPort A, SimPort B) AddPair(SegmentRow network, string prefix)
    {
        SimPort a = _cloud.AddPort(network, _c1, [_open], $"{prefix}.5/24>{prefix}.1");
        SimPort b = _cloud.AddPort(network, _c2, [_open], $"{prefix}.6/24>{prefix}.1");
        AllPorts.AddRange([a, b]);
        return (a, b);
    }

    /// <summary>What a switch on the wire learns: behind one port of it a node, and each MAC behind one node alone.</summary>
    private void OneMacComesFromOnePlace()
    {
        foreach (IGrouping<(ushort, MacAddress), string> mac in _cloud.Fabric.Wire.GroupBy(sent => KeyOf(sent.Frame), sent => sent.From))
        {
            mac.Distinct().Count().ShouldBe(1, $"{mac.Key} is shown by {string.Join(", ", mac.Distinct())}");
        }

        static (ushort Vlan, MacAddress Source) KeyOf(byte[] frame)
        {
            PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
            return (h.VlanId, h.SourceMac);
        }
    }

    private bool Pings(SimPort from, SimPort to)
    {
        from.Host.Inbox.Clear();
        from.Host.Ping(to.Address);
        _cloud.Run();
        return from.Host.Inbox.Any(received => received.Headers.IsIcmpQuery && received.Headers.Source == to.Address);
    }

    private void Forget()
    {
        _c1.ForgetOutputs();
        _c2.ForgetOutputs();
        AllPorts.ForEach(port => port.Host.Seen.Clear());
    }

    private static byte[] Datagram(SimPort from, SimPort to) =>
        PacketBuilder.Udp(new FrameEnds(from.Mac, to.Mac, from.Address, to.Address), 1, 2, new byte[40]);

    private static byte[] Tunnelled(Encapsulation encapsulation, uint vni, byte[] frame)
    {
        byte[] packet = [.. new byte[8], .. frame];
        switch (encapsulation)
        {
            case Encapsulation.Gre:
                new GreHeader(EtherType.TransparentBridging, vni).Write(packet);
                break;
            case Encapsulation.Vxlan:
                new VxlanHeader(vni).Write(packet);
                break;
            default:
                new GeneveHeader(vni, EtherType.TransparentBridging, false, false, 0, 0).Write(packet);
                break;
        }

        return packet;
    }
}
