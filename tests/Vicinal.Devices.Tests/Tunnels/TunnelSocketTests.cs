using System.Diagnostics;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Devices.Tunnels;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Tunnels;

[Collection(NetworkCollection.Name)]
public sealed class TunnelSocketTests
{
    private const ushort Port = 6081;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Equal_payloads_travel_as_one_and_arrive_in_order_with_their_tos(bool ipv6)
    {
        using Cable cable = new("tun");
        (TunnelSocket a, TunnelSocket b) = Open(cable, ipv6);
        using (a)
        using (b)
        {
            // 40 equal ones and a shorter last one; DSCP EF with ECT(1).
            PacketBuffer[] sent = [.. Enumerable.Range(0, 41).Select(i => Payload(i, i == 40 ? 77 : 1200))];
            TunnelDeparture[] departures = [.. sent.Select(_ => new TunnelDeparture { Remote = b.Local, FlowHash = 99, Tos = (46 << 2) | 1 })];
            TunnelSendStatus[] statuses = new TunnelSendStatus[sent.Length];
            a.Send(sent, departures, statuses).ShouldBe(41);
            statuses.ShouldAllBe(s => s == TunnelSendStatus.Sent);

            List<(byte[] Bytes, TunnelArrival Arrival)> segments = ReceiveSegments(b, 41, out int buffers);
            segments.Select(s => s.Bytes).ShouldBe(sent.Select(p => p.Span.ToArray()));
            segments.ShouldAllBe(s => s.Arrival.Source == a.Local && s.Arrival.Tos == ((46 << 2) | 1));
            segments.Select(s => s.Arrival.SourcePort).Distinct().Count().ShouldBe(1);
            buffers.ShouldBeLessThan(10, "segments must arrive joined");
            b.Counters.ReceivedDatagrams.ShouldBe(41);
        }
    }

    [Fact]
    public void A_buffer_of_segments_is_cut_on_the_way()
    {
        using Cable cable = new("seg");
        (TunnelSocket a, TunnelSocket b) = Open(cable, ipv6: false);
        using (a)
        using (b)
        {
            PacketBuffer super = Payload(3, (1000 * 30) + 10);
            a.Send(super, new TunnelDeparture { Remote = b.Local, SegmentSize = 1000 }).ShouldBe(TunnelSendStatus.Sent);
            List<(byte[] Bytes, TunnelArrival Arrival)> segments = ReceiveSegments(b, 31, out _);
            segments.SelectMany(s => s.Bytes).ShouldBe(super.Span.ToArray());
            a.Counters.SentDatagrams.ShouldBe(31);
        }
    }

    [Fact]
    public void Flows_spread_over_source_ports_and_each_keeps_its_own()
    {
        using Cable cable = new("port");
        (TunnelSocket a, TunnelSocket b) = Open(cable, ipv6: false);
        using (a)
        using (b)
        {
            PacketBuffer[] sent = [.. Enumerable.Range(0, 128).Select(i => Payload(i, 100 + (i % 64)))];
            TunnelDeparture[] departures = [.. sent.Select((_, i) => new TunnelDeparture { Remote = b.Local, FlowHash = (uint)(i % 64) })];
            a.Send(sent, departures, new TunnelSendStatus[128]).ShouldBe(128);
            List<(byte[] Bytes, TunnelArrival Arrival)> segments = ReceiveSegments(b, 128, out _);
            segments.Select(s => s.Arrival.SourcePort).Distinct().Count().ShouldBeGreaterThan(8);
            segments.GroupBy(s => s.Bytes.Length).ShouldAllBe(flow => flow.Select(s => s.Arrival.SourcePort).Distinct().Count() == 1);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Too_big_is_said_with_the_path_mtu_and_stops_nothing(bool ipv6)
    {
        using Cable cable = new("big");
        (TunnelSocket a, TunnelSocket b) = Open(cable, ipv6);
        using (a)
        using (b)
        {
            PacketBuffer[] sent = [Payload(0, 100), Payload(1, 3000), Payload(2, 3000), Payload(3, 100)];
            TunnelDeparture[] departures = [.. sent.Select(_ => new TunnelDeparture { Remote = b.Local })];
            TunnelSendStatus[] statuses = new TunnelSendStatus[4];
            a.Send(sent, departures, statuses).ShouldBe(2);
            statuses.ShouldBe([TunnelSendStatus.Sent, TunnelSendStatus.TooBig, TunnelSendStatus.TooBig, TunnelSendStatus.Sent]);
            a.PathMtuTo(b.Local).ShouldBe(1500);
            a.Counters.SendTooBig.ShouldBe(2);
            ReceiveSegments(b, 2, out _).Select(s => s.Bytes).ShouldBe([sent[0].Span.ToArray(), sent[3].Span.ToArray()]);
        }
    }

    [Fact]
    public void A_smaller_mtu_on_the_way_is_learned_from_icmp()
    {
        using TestNamespace a = new("pma");
        using TestNamespace router = new("pmr");
        using TestNamespace b = new("pmb");
        Join(a, router, "10.3.0", mtu: 1500);
        Join(b, router, "10.3.1", mtu: 1300);
        router.Execute("sysctl", "-qw", "net.ipv4.ip_forward=1");
        IpAddress remote = IpAddress.Parse("10.3.1.1");
        using TunnelSocket tunnel = a.Run(() => TunnelSocket.Open(IpAddress.Parse("10.3.0.1"), Port));
        tunnel.PathMtuTo(remote).ShouldBe(1500);
        PacketBuffer large = Payload(1, 1400);
        SpinWait.SpinUntil(() => tunnel.Send(large, new TunnelDeparture { Remote = remote }) == TunnelSendStatus.TooBig, 2000).ShouldBeTrue();
        tunnel.PathMtuTo(remote).ShouldBe(1300);
        tunnel.Send(Payload(1, 1272), new TunnelDeparture { Remote = remote }).ShouldBe(TunnelSendStatus.Sent);
    }

    [Fact]
    public void A_remote_without_a_tunnel_or_without_a_route_breaks_nothing()
    {
        using Cable cable = new("icmp");
        using TunnelSocket a = cable.A.Run(() => TunnelSocket.Open(Cable.AddressA, Port));
        for (int i = 0; i < 20; i++)
        {
            a.Send(Payload(i, 100), new TunnelDeparture { Remote = Cable.AddressB }).ShouldBe(TunnelSendStatus.Sent);
            a.Receive(Frames.Buffers(1), new TunnelArrival[1]).ShouldBe(0);
            Thread.Sleep(1);
        }

        a.Send(Payload(1, 100), new TunnelDeparture { Remote = IpAddress.Parse("192.0.2.1") }).ShouldBe(TunnelSendStatus.Unreachable);
        a.PathMtuTo(IpAddress.Parse("192.0.2.1")).ShouldBe(0);
        a.Send(Payload(1, 100), new TunnelDeparture { Remote = Cable.AddressB6 }).ShouldBe(TunnelSendStatus.Dropped);

        using TunnelSocket b = cable.B.Run(() => TunnelSocket.Open(Cable.AddressB, Port));
        a.Send(Payload(7, 100), new TunnelDeparture { Remote = Cable.AddressB }).ShouldBe(TunnelSendStatus.Sent);
        ReceiveSegments(b, 1, out _).Count.ShouldBe(1);
    }

    [Fact]
    public void A_taken_port_is_named()
    {
        using Cable cable = new("busy");
        using TunnelSocket a = cable.A.Run(() => TunnelSocket.Open(Cable.AddressA, Port));
        Should.Throw<DeviceException>(() => cable.A.Run(() => TunnelSocket.Open(Cable.AddressA, Port))).Message.ShouldContain("10.7.0.1 port 6081");
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing()
    {
        using Cable cable = new("talloc");
        (TunnelSocket a, TunnelSocket b) = Open(cable, ipv6: false);
        using (a)
        using (b)
        {
            PacketBuffer[] sent = [.. Enumerable.Range(0, 64).Select(i => Payload(i, 500))];
            TunnelDeparture[] departures = [.. sent.Select((_, i) => new TunnelDeparture { Remote = b.Local, FlowHash = (uint)i % 4 })];
            TunnelSendStatus[] statuses = new TunnelSendStatus[64];
            PacketBuffer[] buffers = Frames.Buffers(16);
            TunnelArrival[] arrivals = new TunnelArrival[16];
            void Exchange()
            {
                a.Send(sent, departures, statuses);
                while (b.Receive(buffers, arrivals) > 0)
                {
                }
            }

            // All code must have run once, and until the neighbour is known nothing comes.
            SpinWait.SpinUntil(
                () =>
                {
                    Exchange();
                    return b.Counters.ReceivedDatagrams > 256;
                },
                5000).ShouldBeTrue();
            long received = b.Counters.ReceivedDatagrams;
            long allocated = Allocations.Of(() =>
            {
                for (int i = 0; i < 50; i++)
                {
                    Exchange();
                }
            });
            allocated.ShouldBe(0);
            (b.Counters.ReceivedDatagrams - received).ShouldBeGreaterThan(3000);
        }
    }

    /// <summary>A cable between .1 at the end and .2 at the router, with a default route by it.</summary>
    private static void Join(TestNamespace end, TestNamespace router, string network, int mtu)
    {
        string port = "to" + network.Split('.')[2];
        router.Route.CreateVeth(new VethEnd(port) { Mtu = mtu }, new VethEnd("eth0") { Mtu = mtu, Namespace = end.Namespace });
        end.Route.SetUp("eth0");
        router.SetUp(port);
        end.SetUp("eth0");
        router.Route.AddAddress(port, IpAddress.Parse(network + ".2"), 24);
        end.Route.AddAddress("eth0", IpAddress.Parse(network + ".1"), 24);
        end.Route.AddRoute(new KernelRoute(IpPrefix.Parse("0.0.0.0/0")) { Gateway = IpAddress.Parse(network + ".2") });
    }

    private static (TunnelSocket A, TunnelSocket B) Open(Cable cable, bool ipv6) => (
        cable.A.Run(() => TunnelSocket.Open(ipv6 ? Cable.AddressA6 : Cable.AddressA, Port)),
        cable.B.Run(() => TunnelSocket.Open(ipv6 ? Cable.AddressB6 : Cable.AddressB, Port)));

    private static PacketBuffer Payload(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        PacketBuffer buffer = new();
        buffer.CopyFrom(bytes);
        return buffer;
    }

    private static List<(byte[] Bytes, TunnelArrival Arrival)> ReceiveSegments(TunnelSocket socket, int count, out int bufferCount)
    {
        List<(byte[], TunnelArrival)> segments = [];
        PacketBuffer[] buffers = Frames.Buffers(8);
        TunnelArrival[] arrivals = new TunnelArrival[8];
        bufferCount = 0;
        long start = Stopwatch.GetTimestamp();
        while (segments.Count < count && Stopwatch.GetElapsedTime(start).TotalSeconds < 3)
        {
            int received = socket.Receive(buffers, arrivals);
            bufferCount += received;
            for (int i = 0; i < received; i++)
            {
                int step = arrivals[i].SegmentSize == 0 ? buffers[i].Length : arrivals[i].SegmentSize;
                segments.AddRange(buffers[i].Span.ToArray().Chunk(step).Select(c => (c, arrivals[i])));
            }
        }

        return segments;
    }
}
