using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Control;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Devices.Tunnels;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Control;

[Collection(NetworkCollection.Name)]
public sealed class ControlSocketTests
{
    private const ushort Port = 6083;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagrams_arrive_in_order_with_their_source_and_the_highest_hop_limit(bool ipv6)
    {
        using Cable cable = new("ctl");
        using ControlSocket a = cable.A.Run(() => ControlSocket.OpenSender(ipv6 ? Cable.AddressA6 : Cable.AddressA));
        using ControlSocket b = cable.B.Run(() => ControlSocket.Open(ipv6 ? Cable.AddressB6 : Cable.AddressB, Port));
        a.Port.ShouldBeGreaterThanOrEqualTo(ControlSocket.FirstSenderPort);
        for (int i = 0; i < 80; i++)
        {
            a.Send(b.Local, Port, Payload(i)).ShouldBeTrue();
        }

        List<(byte[] Payload, ControlArrival Arrival)> heard = ReceiveAll(b, 80);
        heard.Select(h => h.Payload).ShouldBe(Enumerable.Range(0, 80).Select(Payload));
        heard.ShouldAllBe(h => h.Arrival == new ControlArrival(a.Local, a.Port, 255, cable.B.Route.GetLink("eth0").Index));
        (a.Counters.Sent, b.Counters.Received).ShouldBe((80, 80));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hop_limit_that_another_began_with_shows(bool ipv6)
    {
        using Cable cable = new("hop");
        IpAddress to = ipv6 ? Cable.AddressB6 : Cable.AddressB;
        using ControlSocket b = cable.B.Run(() => ControlSocket.Open(to, Port));
        using Socket a = cable.A.Run(() => new Socket(ipv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        a.Ttl = 64;
        a.SendTo([1, 2, 3], new IPEndPoint(IPAddress.Parse(to.ToString()), Port));
        ReceiveAll(b, 1).Single().Arrival.HopLimit.ShouldBe((byte)64);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_interface_is_told_that_a_datagram_came_in_by_though_its_address_is_another_ones(bool ipv6)
    {
        using Cable cable = new("via");
        cable.A.Route.CreateVeth(new VethEnd("other"), new VethEnd("other") { Namespace = cable.B.Namespace });
        cable.B.Route.SetUp("other");
        cable.A.Route.SetUp("other");
        IpAddress elsewhere = IpAddress.Parse(ipv6 ? "fd00:8::2" : "10.8.0.2");
        cable.B.Route.AddAddress("other", elsewhere, ipv6 ? 64 : 24);
        using ControlSocket a = cable.A.Run(() => ControlSocket.Open(ipv6 ? Cable.AddressA6 : Cable.AddressA, Port));
        using ControlSocket b = cable.B.Run(() => ControlSocket.Open(elsewhere, Port));
        cable.A.Route.AddRoute(new KernelRoute(new IpPrefix(elsewhere, elsewhere.Bits)) { Gateway = ipv6 ? Cable.AddressB6 : Cable.AddressB });
        a.Send(elsewhere, Port, Payload(1)).ShouldBeTrue();
        ReceiveAll(b, 1).Single().Arrival.InterfaceIndex.ShouldBe(cable.B.Route.GetLink("eth0").Index);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagrams_are_marked_as_control_traffic(bool ipv6)
    {
        using Cable cable = new("cs6");
        using ControlSocket a = cable.A.Run(() => ControlSocket.Open(ipv6 ? Cable.AddressA6 : Cable.AddressA, Port));
        using TunnelSocket b = cable.B.Run(() => TunnelSocket.Open(ipv6 ? Cable.AddressB6 : Cable.AddressB, Port));
        a.Send(b.Local, Port, Payload(1)).ShouldBeTrue();
        TunnelArrival[] arrivals = new TunnelArrival[1];
        SpinWait.SpinUntil(() => b.Receive(Frames.Buffers(1), arrivals) == 1, 2000).ShouldBeTrue();
        arrivals[0].Tos.ShouldBe((byte)(48 << 2));
    }

    [Fact]
    public void A_datagram_that_is_too_long_is_counted_and_harms_no_other()
    {
        using Cable cable = new("long");
        using ControlSocket a = cable.A.Run(() => ControlSocket.Open(Cable.AddressA, Port));
        using ControlSocket b = cable.B.Run(() => ControlSocket.Open(Cable.AddressB, Port));
        a.Send(b.Local, Port, Payload(1));
        a.Send(b.Local, Port, new byte[ControlSocket.LargestPayload + 1]);
        a.Send(b.Local, Port, new byte[ControlSocket.LargestPayload]);
        a.Send(b.Local, Port, []);
        ReceiveAll(b, 3).Select(h => h.Payload.Length).ShouldBe([Payload(1).Length, ControlSocket.LargestPayload, 0]);
        b.Counters.TooLong.ShouldBe(1);
    }

    [Fact]
    public void Without_a_way_there_sending_fails_at_once_and_goes_on_when_there_is_one()
    {
        using Cable cable = new("way");
        using ControlSocket a = cable.A.Run(() => ControlSocket.Open(Cable.AddressA, Port));
        using ControlSocket b = cable.B.Run(() => ControlSocket.Open(Cable.AddressB, Port));
        a.Send(IpAddress.Parse("192.0.2.1"), Port, Payload(1)).ShouldBeFalse();
        a.Counters.SendFailed.ShouldBe(1);
        a.Send(b.Local, Port, Payload(2)).ShouldBeTrue();
        ReceiveAll(b, 1).Single().Payload.ShouldBe(Payload(2));
    }

    [Fact]
    public void A_port_that_is_taken_is_refused_and_a_sender_takes_the_next()
    {
        using Cable cable = new("take");
        using ControlSocket first = cable.A.Run(() => ControlSocket.OpenSender(Cable.AddressA));
        Should.Throw<DeviceException>(() => cable.A.Run(() => ControlSocket.Open(Cable.AddressA, first.Port))).Message.ShouldContain("10.7.0.1");
        using ControlSocket second = cable.A.Run(() => ControlSocket.OpenSender(Cable.AddressA));
        second.Port.ShouldBe((ushort)(first.Port + 1));
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing()
    {
        using Cable cable = new("alc");
        using ControlSocket a = cable.A.Run(() => ControlSocket.Open(Cable.AddressA, Port));
        using ControlSocket b = cable.B.Run(() => ControlSocket.Open(Cable.AddressB, Port));
        byte[] payload = Payload(7);
        int octets = 0;
        int Exchange()
        {
            for (int i = 0; i < 200; i++)
            {
                a.Send(Cable.AddressB, Port, payload);
                int count = b.Receive(out _);
                for (int k = 0; k < count; k++)
                {
                    octets += b.Arrival(k).HopLimit + b.Payload(k).Length;
                }
            }

            return octets;
        }

        Exchange();
        Allocations.Of(() => Exchange()).ShouldBe(0);
        octets.ShouldBeGreaterThan(0);
    }

    private static byte[] Payload(int number) => [(byte)number, .. Enumerable.Repeat((byte)0xA5, 20 + number)];

    private static List<(byte[] Payload, ControlArrival Arrival)> ReceiveAll(ControlSocket socket, int count)
    {
        using Poller poller = new();
        poller.Add(socket.PollHandle, 1);
        PollEvent[] ready = new PollEvent[1];
        List<(byte[], ControlArrival)> heard = [];
        while (heard.Count < count && poller.Wait(ready, 2000) > 0)
        {
            int received = socket.Receive(out _);
            for (int i = 0; i < received; i++)
            {
                heard.Add((socket.Payload(i).ToArray(), socket.Arrival(i)));
            }
        }

        heard.Count.ShouldBe(count);
        return heard;
    }
}
