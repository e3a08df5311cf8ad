using System.Net;
using System.Net.Sockets;
using Vicinal.Datapath.Flows;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>
/// Guests that run a VXLAN of their own, with segmentation offload: their packets are encapsulated once before they reach the node, which bpf_skb_adjust_room
/// refuses to do again.
/// </summary>
[Collection(KernelCollection.Name)]
public sealed class NestedTunnelTests : IDisposable
{
    private const uint Vni = 55;
    private const int Bytes = 2_000_000;

    private readonly NetworkNamespace _a = NetworkNamespace.Create(KernelFixture.Unique("a"));
    private readonly NetworkNamespace _b = NetworkNamespace.Create(KernelFixture.Unique("b"));
    private readonly WirePair _pair = new(ipv4: true);

    [Fact]
    public void A_transfer_through_a_guests_own_tunnel_goes_on_by_the_device()
    {
        _pair.Left.AddVxlanDevice(_pair.LeftAddress);
        _pair.Right.AddVxlanDevice(_pair.RightAddress);
        Connect(Encapsulation.Vxlan);
        Transfer().ShouldBe(Bytes);
        _pair.Left.Path.ReadCounters().ByDevice.ShouldBeGreaterThan(0);
        ExpectNoneLost();
    }

    /// <summary>Without a device the agent has such packets. Overlay packets whose checksum is finished, such as ARP, are carried all the same.</summary>
    [Fact]
    public void Where_there_is_no_device_such_packets_go_up()
    {
        Connect(Encapsulation.Geneve);
        using Socket client = _a.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        for (int i = 0; i < 10; i++)
        {
            client.SendTo(new byte[100], new IPEndPoint(IPAddress.Parse("172.16.0.2"), 9));
        }

        SpinWait.SpinUntil(() => _pair.Left.Path.ReadCounters().UpcallsUnusual >= 10, 3000).ShouldBeTrue();
        ExpectNoneLost();
    }

    public void Dispose()
    {
        _pair.Dispose();
        _a.Delete();
        _b.Delete();
    }

    private void ExpectNoneLost()
    {
        foreach (WireNode node in (WireNode[])[_pair.Left, _pair.Right])
        {
            FastPathCounters counters = node.Path.ReadCounters();
            (counters.Failed, counters.Dropped, counters.LimitedFlow, counters.LimitedSource).ShouldBe((0L, 0L, 0L, 0L));
        }
    }

    /// <summary>Guests 10.0.0.1 and 10.0.0.2 with a VXLAN between them, and the entries that carry its packets both ways.</summary>
    private void Connect(Encapsulation encapsulation)
    {
        (int left, MacAddress leftMac) = Plug(_pair.Left, _a, "10.0.0.1");
        (int right, MacAddress rightMac) = Plug(_pair.Right, _b, "10.0.0.2");
        Overlay(_a, "10.0.0.1", "10.0.0.2", rightMac, "172.16.0.1");
        Overlay(_b, "10.0.0.2", "10.0.0.1", leftMac, "172.16.0.2");
        FrameEnds ends = new(leftMac, rightMac, IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"));
        Carry(_pair.Left, left, _pair.Right, right, ends, _pair.RightAddress, 1, encapsulation);
        Carry(_pair.Right, right, _pair.Left, left, ends.Reversed, _pair.LeftAddress, 2, encapsulation);
    }

    private static void Carry(WireNode from, int source, WireNode to, int target, FrameEnds ends, IpAddress remote, uint peer, Encapsulation encapsulation)
    {
        PacketBuffer packet = new();
        packet.CopyFrom(PacketBuilder.Udp(in ends, 5000, 8472, []));
        from.Decide(packet, new FlowInput(FlowInputKind.LocalPort, (uint)source), h => h, new FlowOutput(FlowOutputKind.Tunnel, 0, 0, encapsulation, remote, Vni));
        to.Decide(packet, new FlowInput(FlowInputKind.Tunnel, Vni, FlowInput.PeerOf(peer, encapsulation)), h => h, new FlowOutput(FlowOutputKind.Port, (uint)target));
    }

    private static (int Index, MacAddress Mac) Plug(WireNode node, NetworkNamespace guest, string address)
    {
        using Rtnetlink inside = Rtnetlink.Open(guest);
        node.Route.CreateVeth(new VethEnd("vg"), new VethEnd("eth0") { Namespace = guest });
        node.Route.DisableAddressGeneration("vg");
        inside.DisableAddressGeneration("eth0");
        inside.SetUp("eth0");
        node.Route.SetUp("vg");
        inside.AddAddress("eth0", IpAddress.Parse(address), 24);
        int index = node.Route.GetLink("vg").Index;
        SpinWait.SpinUntil(() => node.Route.GetLink("vg").HasCarrier, 2000).ShouldBeTrue();
        node.Space.Run(() => node.Path.AttachPort("vg"));
        return (index, inside.GetLink("eth0").MacAddress);
    }

    /// <summary>One source port, so that a single entry carries everything.</summary>
    private static void Overlay(NetworkNamespace guest, string local, string remote, MacAddress remoteMac, string address)
    {
        using Rtnetlink inside = Rtnetlink.Open(guest);
        Tool.Run(guest, "ip", "link", "add", "vx0", "type", "vxlan", "id", "9", "local", local, "remote", remote, "dstport", "8472", "srcport", "5000", "5001", "dev", "eth0");
        inside.DisableAddressGeneration("vx0");
        inside.SetMtu("vx0", 1300);
        inside.SetUp("vx0");
        inside.AddAddress("vx0", IpAddress.Parse(address), 24);
        inside.AddNeighbour("eth0", IpAddress.Parse(remote), remoteMac);
    }

    private int Transfer()
    {
        using Socket listener = _b.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(IPAddress.Any, 7000));
        listener.Listen();
        Task<int> received = Task.Run(() =>
        {
            using Socket accepted = listener.Accept();
            byte[] buffer = new byte[1 << 16];
            int total = 0;
            for (int read = accepted.Receive(buffer); read > 0; read = accepted.Receive(buffer))
            {
                total += read;
            }

            return total;
        });
        using Socket client = _a.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        client.SendTimeout = 5000;
        client.ConnectAsync(IPAddress.Parse("172.16.0.2"), 7000).Wait(5000).ShouldBeTrue("no connection within 5 s");
        client.Send(new byte[Bytes]);
        client.Shutdown(SocketShutdown.Send);
        received.Wait(10_000).ShouldBeTrue();
        return received.Result;
    }
}
