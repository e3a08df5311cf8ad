using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class MtuTests
{
    private const int TenantMtu = 1442;
    private readonly RoutedCloud _cloud = new();

    [Theory]
    [InlineData("10.0.2.5")]
    [InlineData("10.0.1.6")]
    [InlineData("2001:db8:2::5")]
    public void A_packet_at_the_mtu_passes_and_one_over_it_is_reported(string destination)
    {
        IpAddress to = IpAddress.Parse(destination);
        Send(_cloud.A.Host, to, TenantMtu);
        _cloud.Run();
        Target(to).Inbox.ShouldHaveSingleItem();
        _cloud.A.Host.Inbox.ShouldBeEmpty();

        Send(_cloud.A.Host, to, TenantMtu + 1);
        _cloud.Run();
        Target(to).Inbox.Count.ShouldBe(1);
        Received error = _cloud.A.Host.Inbox.ShouldHaveSingleItem();
        error.Headers.IsIcmpError.ShouldBeTrue();
        IcmpHeader.TryRead(error.Frame.AsSpan(error.Headers.L4Offset), out IcmpHeader icmp);
        (icmp.Rest & 0xFFFF).ShouldBe((uint)TenantMtu);
        (icmp.Type, icmp.Code).ShouldBe(to.IsIpv4 ? (Icmpv4Type.DestinationUnreachable, (byte)4) : (Icmpv6Type.PacketTooBig, (byte)0));
        _cloud.C1.Node.Counters[DropReason.TooBig].ShouldBe(1);
    }

    [Fact]
    public void On_the_way_to_a_gateway_elsewhere_the_tunnels_room_counts_too()
    {
        // The external network takes 1500 bytes; the tunnel to the gateway has no more room than the instance's own network.
        Send(_cloud.A.Host, IpAddress.Parse("198.51.100.200"), TenantMtu + 1);
        _cloud.Run();
        Received error = _cloud.A.Host.Inbox.ShouldHaveSingleItem();
        IcmpHeader.TryRead(error.Frame.AsSpan(error.Headers.L4Offset), out IcmpHeader icmp);
        (icmp.Type, icmp.Code, icmp.Rest & 0xFFFF).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)4, (uint)TenantMtu));
    }

    [Fact]
    public void On_one_network_the_destination_seems_to_report()
    {
        Send(_cloud.A.Host, _cloud.B.Address, 1500);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(_cloud.B.Address);
        _cloud.A.Host.Inbox.Clear();
        Send(_cloud.A.Host, _cloud.C.Address, 1500);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(IpAddress.Parse("10.0.1.1"));
    }

    [Fact]
    public void What_may_be_fragmented_is_cut_on_the_source_node()
    {
        Send(_cloud.A.Host, _cloud.C.Address, 3000, dontFragment: false);
        _cloud.Run();
        _cloud.C1.Tunnelled.Count.ShouldBe(3);
        _cloud.C1.Tunnelled.ShouldAllBe(t => t.Inner.L3Length <= TenantMtu && t.Inner.IsFragment && t.Inner.Ttl == 63);
        Reassembled(_cloud.C.Host).ShouldBe(3000);
    }

    [Fact]
    public void A_too_large_packet_from_outside_to_a_floating_ip_is_reported_to_its_sender()
    {
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        Send(_cloud.Internet, IpAddress.Parse("198.51.100.10"), 1500);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldBeEmpty();
        PacketHeaders error = _cloud.Internet.Inbox.ShouldHaveSingleItem().Headers;
        (error.IcmpType, error.IcmpCode, error.Source).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)4, IpAddress.Parse("198.51.100.10")));
    }

    [Theory]
    [InlineData("10.0.2.5")]
    [InlineData("10.0.1.6")]
    [InlineData("10.0.1.1")]
    [InlineData("10.0.2.1")]
    [InlineData("198.51.100.200")]
    [InlineData("2001:db8:2::5")]
    [InlineData("2001:db8:1::1")]
    [InlineData("2001:db8:ffff::200")]
    public void A_ping_of_3000_bytes_in_fragments_comes_back_in_fragments(string destination)
    {
        SendInFragments(_cloud.A.Host, IpAddress.Parse(destination), 3000);
        AnswerReassembled(destination);
        int total = Reassembled(_cloud.A.Host);
        total.ShouldBe(3000);
        _cloud.A.Host.Seen.Where(s => s.Headers.IsFragment).ShouldAllBe(s => s.Headers.L3Length <= TenantMtu);
    }

    [Fact]
    public void A_large_ping_by_floating_ip_comes_back()
    {
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        SendInFragments(_cloud.A.Host, _cloud.Internet.Address, 3000);
        AnswerReassembled("198.51.100.200");
        Reassembled(_cloud.A.Host).ShouldBe(3000);
        _cloud.WireTraffic().Where(w => w.From == "c1").ShouldAllBe(w => w.Headers.Source == IpAddress.Parse("198.51.100.10"));
    }

    [Fact]
    public void Fragments_are_judged_by_the_ports_of_the_first()
    {
        Guid dns = _cloud.Cloud.AddOpenGroup(new SimRule(FilterDirection.Ingress, false, IpProtocol.Udp, 53, 53));
        _cloud.C.Change(p => p with { SecurityGroups = [dns] });
        Send(_cloud.A.Host, _cloud.C.Address, 3000, false, 53);
        _cloud.Run();
        Reassembled(_cloud.C.Host).ShouldBe(3000);
        _cloud.C.Host.Seen.Clear();
        Send(_cloud.A.Host, _cloud.C.Address, 3000, false, 54);
        _cloud.Run();
        _cloud.C.Host.Seen.ShouldBeEmpty();
        _cloud.C2.Node.Counters[DropReason.FilterIngress].ShouldBe(1);
    }

    [Fact]
    public void Super_packets_pass_by_the_size_of_their_segments()
    {
        PacketBuffer packet = new();
        packet.CopyFrom(PacketBuilder.Tcp(
            new FrameEnds(_cloud.A.Mac, _cloud.Router1.Mac, _cloud.A.Address, _cloud.C.Address), 1000, 80, TcpFlags.Syn));
        _cloud.C1.Node.Receive(_cloud.A.Source, packet, 0);

        packet.CopyFrom(PacketBuilder.Tcp(
            new FrameEnds(_cloud.A.Mac, _cloud.Router1.Mac, _cloud.A.Address, _cloud.C.Address),
            new TcpHeader { SourcePort = 1000, DestinationPort = 80, Flags = TcpFlags.Ack, Sequence = 2, Window = 100 }, new byte[14000]));
        packet.Offload.Gso = GsoType.TcpV4;
        packet.Offload.GsoSize = TenantMtu - 40;
        _cloud.C1.Node.Receive(_cloud.A.Source, packet, 0);
        _cloud.C1.Node.Counters[Disposition.Tunnelled].ShouldBe(2);
        packet.CopyFrom(PacketBuilder.Tcp(
            new FrameEnds(_cloud.A.Mac, _cloud.Router1.Mac, _cloud.A.Address, _cloud.C.Address),
            new TcpHeader { SourcePort = 1000, DestinationPort = 80, Flags = TcpFlags.Ack, Sequence = 2, Window = 100 }, new byte[14000]));
        packet.Offload.Gso = GsoType.TcpV4;
        packet.Offload.GsoSize = TenantMtu - 39;
        _cloud.C1.Node.Receive(_cloud.A.Source, packet, 0);
        _cloud.C1.Node.Counters[DropReason.TooBig].ShouldBe(1);
    }

    private SimHost Target(IpAddress address) => new[] { _cloud.B.Host, _cloud.C.Host }.Single(h => h.Addresses.Any(a => a.Address == address));

    private static void Send(SimHost from, IpAddress to, int length, bool dontFragment = true, ushort port = 5001)
    {
        byte[] frame = PacketBuilder.Udp(from.EndsTo(to), 5000, port, new byte[length - (to.IsIpv4 ? 28 : 48)]);
        if (to.IsIpv4 && dontFragment)
        {
            frame[20] |= 0x40;
            SetIpv4Checksum(frame);
        }

        from.SendIp(frame);
    }

    private static void SetIpv4Checksum(Span<byte> frame)
    {
        frame[24] = frame[25] = 0;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(frame[24..], Checksum.Compute(frame[14..34]));
    }

    private void SendInFragments(SimHost from, IpAddress to, int length)
    {
        // The neighbour is resolved first, since fragments would all ask for it.
        from.Ping(to, 1);
        _cloud.Run();
        from.Inbox.Clear();
        from.Seen.Clear();
        byte[] whole = PacketBuilder.EchoRequest(from.EndsTo(to), 33, 1, new byte[length - (to.IsIpv4 ? 28 : 48)]);
        foreach (byte[] fragment in Cut(whole, TenantMtu))
        {
            from.SendIp(fragment);
        }

        _cloud.Run();
    }

    /// <summary>The far host answers what it has put together, in fragments again; a router answers by itself.</summary>
    private void AnswerReassembled(string destination)
    {
        foreach (SimHost host in new[] { _cloud.B.Host, _cloud.C.Host, _cloud.Internet })
        {
            if (host.Addresses.Any(a => a.Address == IpAddress.Parse(destination)))
            {
                byte[] request = Assemble(host);
                PacketHeaders.Parse(request, out PacketHeaders h).ShouldBe(ParseResult.Ok);
                PacketBuffer reply = new();
                Vicinal.Services.RouterEcho.TryAnswer(in h, request, host.Mac, reply).ShouldBeTrue();
                foreach (byte[] fragment in Cut(reply.Span.ToArray(), TenantMtu))
                {
                    host.SendIp(fragment);
                }

                _cloud.Run();
            }
        }
    }

    private static List<byte[]> Cut(byte[] whole, int mtu)
    {
        PacketHeaders.Parse(whole, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        byte[] room = new byte[65536];
        SegmentRun run = h.IsIpv4
            ? Ipv4Fragmenter.Write(whole, in h, mtu, 0, room)
            : Ipv6Fragmenter.Write(whole, in h, mtu, 4711, 0, room);
        List<byte[]> pieces = [];
        for (int i = 0; i < run.Count; i++)
        {
            pieces.Add(run.Frame(room, 0, i).ToArray());
        }

        return pieces;
    }

    private static int Reassembled(SimHost host)
    {
        byte[] whole = Assemble(host);
        PacketHeaders.Parse(whole, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        Checksum.IsTransportRight(whole, in h).ShouldBeTrue();
        return h.L3Length;
    }

    private static byte[] Assemble(SimHost host)
    {
        Vicinal.Datapath.Fragments.FragmentTracker tracker = new(new());
        PacketBuffer buffer = new();
        foreach (Received fragment in host.Seen.Where(s => s.Headers.IsFragment))
        {
            buffer.CopyFrom(fragment.Frame);
            PacketHeaders h = fragment.Headers;
            if (tracker.Add(0, in h, buffer, 0) is { Whole: { } whole })
            {
                return whole.Span.ToArray();
            }
        }

        throw new InvalidOperationException($"{host.Name} did not get all fragments.");
    }
}
