using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>UDP super-packets (UDP_SEGMENT, udp(7)), as QUIC sends them: each segment is a datagram, and arrives as that.</summary>
public abstract class DatagramBurstTests(ScenarioCloud scenario)
{
    private const int Port = 7910;
    private const int Segment = 1200;
    private const int Segments = 20;
    private const int Bursts = 50;

    // udp(7): the level, and the option that holds the size of a segment.
    private const int UdpLevel = 17;
    private const int UdpSegment = 103;

    [Theory]
    [InlineData("c2", false)]
    [InlineData("c2", true)]
    [InlineData("c1", false)]
    public void Bursts_between_instances_arrive_whole(string node, bool ipv6)
    {
        using Scratch scratch = new(scenario);
        Instance sink = scratch.Boot("sink", node, scenario.NetworkId("green"), OpenGroup(scratch, ipv6));
        scenario.Cloud.WaitActive(sink);
        ShouldArrive(scenario.Topology["vm1"].Namespace, sink.Namespace, ipv6 ? sink.AddressV6 : sink.Address);
    }

    [Fact]
    public void Bursts_through_a_floating_ip_arrive_whole_both_ways()
    {
        using Scratch scratch = new(scenario);
        Instance vm = scratch.Boot("burster", "c2", scenario.NetworkId("blue"), OpenGroup(scratch, ipv6: false));
        scenario.Cloud.WaitActive(vm);
        (_, IpAddress address) = scratch.FloatingIp(vm);
        ShouldArrive(scenario.Cloud.Namespace("internet"), vm.Namespace, address);
        ShouldArrive(vm.Namespace, scenario.Cloud.Namespace("internet"), scenario.Cloud.Plan.Internet);
    }

    [Fact]
    public void Bursts_through_source_nat_arrive_whole() =>
        ShouldArrive(scenario.Topology["vm1"].Namespace, scenario.Cloud.Namespace("internet"), scenario.Cloud.Plan.Internet);

    [Fact]
    public void Bursts_to_a_virtual_machine_arrive_whole_with_right_checksums()
    {
        using Scratch scratch = new(scenario);
        VirtualMachine machine = scratch.BootMachine("machine", "c2", scenario.NetworkId("green"), OpenGroup(scratch, ipv6: false));
        Instance guest = scenario.Cloud.Instances["machine"];
        scenario.Cloud.WaitActive(guest);
        ShouldArrive(scenario.Topology["vm1"].Namespace, guest.Namespace, guest.Address);
        machine.WrongChecksums.ShouldBe(0);
    }

    private static string OpenGroup(Scratch scratch, bool ipv6)
    {
        string group = scratch.Group();
        scratch.Rule(group, "udp", Port, ipv6 ? "IPv6" : "IPv4");
        return group;
    }

    internal static void ShouldArrive(string from, string to, IpAddress address)
    {
        AddressFamily family = address.IsIpv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        using Socket sink = NetworkNamespace.Open(to).Run(() =>
        {
            Socket made = new(family, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 8 << 20, ReceiveTimeout = 1500 };
            made.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, Port));
            return made;
        });
        using Socket source = NetworkNamespace.Open(from).Run(() => new Socket(family, SocketType.Dgram, ProtocolType.Udp));
        source.Connect(new IPEndPoint(address.ToIPAddress(), Port));

        // The flow is decided by an ordinary datagram first: what waits for a decision may be cut short by its limit.
        source.Send(Numbered(0));
        Next(sink).ShouldBe(0);
        source.SetRawSocketOption(UdpLevel, UdpSegment, BitConverter.GetBytes(Segment));
        int next = 1;
        for (int burst = 0; burst < Bursts; burst++)
        {
            source.Send([.. Enumerable.Range(next, Segments).SelectMany(Numbered)]);
            for (int i = 0; i < Segments; i++, next++)
            {
                Next(sink).ShouldBe(next, "each, whole, in order");
            }
        }
    }

    private static byte[] Numbered(int number)
    {
        byte[] datagram = new byte[Segment];
        datagram.AsSpan().Fill((byte)number);
        BinaryPrimitives.WriteInt32LittleEndian(datagram, number);
        return datagram;
    }

    /// <summary>The number of the next datagram, if it is as it was sent; -1 when it is not, -2 when none comes.</summary>
    private static int Next(Socket sink)
    {
        byte[] datagram = new byte[65536];
        try
        {
            int length = sink.Receive(datagram);
            int number = BinaryPrimitives.ReadInt32LittleEndian(datagram);
            return datagram.AsSpan(0, length).SequenceEqual(Numbered(number)) ? number : -1;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut)
        {
            return -2;
        }
    }
}
