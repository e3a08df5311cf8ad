using System.Diagnostics;
using System.Text.Json;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests;

/// <summary>TCP between two guests through a relay in C#, which must carry super-packets and unfinished checksums unharmed.</summary>
[Collection(NetworkCollection.Name)]
public sealed class OffloadRelayTests
{
    [Theory]
    [InlineData("10.6.0.2")]
    [InlineData("fd00:6::2")]
    public void Tcp_super_packets_pass_a_relay_of_two_veths(string server)
    {
        using TestNamespace node = new("rl");
        using TestNamespace a = new("rla");
        using TestNamespace b = new("rlb");
        using PacketSocketDevice tapA = Plug(node, a, "tapa", "10.6.0.1", "fd00:6::1");
        using PacketSocketDevice tapB = Plug(node, b, "tapb", "10.6.0.2", "fd00:6::2");
        using Relay relay = new(tapA, tapB, tapB, tapA);
        Transfer(a, b, server).ShouldBeGreaterThan(300e6);
        relay.LongestFrame.ShouldBeGreaterThan(20_000);
        ExpectCleanChecksums(a);
        ExpectCleanChecksums(b);
    }

    [Fact]
    public void Tcp_super_packets_keep_a_vlan_tag_over_a_wire()
    {
        using TestNamespace node = new("vl");
        using TestNamespace a = new("vla");
        using TestNamespace b = new("vlb");
        using PacketSocketDevice tapA = Plug(node, a, "tapa", "10.6.0.1", "fd00:6::1");
        using PacketSocketDevice tapB = Plug(node, b, "tapb", "10.6.0.2", "fd00:6::2");
        node.Route.CreateVeth(new VethEnd("w0"), new VethEnd("w1"));
        node.SetUp("w0", "w1");
        using PacketSocketDevice wireA = node.Run(() => PacketSocketDevice.Open("w0"));
        using PacketSocketDevice wireB = node.Run(() => PacketSocketDevice.Open("w1"));
        using Relay left = new(tapA, wireA, wireA, tapA, tagForward: true, untagBack: true);
        using Relay right = new(wireB, tapB, tapB, wireB, untagForward: true, tagBack: true);
        Transfer(a, b, "10.6.0.2").ShouldBeGreaterThan(200e6);
        right.LongestFrame.ShouldBeGreaterThan(20_000, "super-packets must cross the wire whole");
        ExpectCleanChecksums(a);
        ExpectCleanChecksums(b);
    }

    [Fact]
    public void Udp_with_segmentation_by_the_guest_passes_too()
    {
        using TestNamespace node = new("ud");
        using TestNamespace a = new("uda");
        using TestNamespace b = new("udb");
        using PacketSocketDevice tapA = Plug(node, a, "tapa", "10.6.0.1", "fd00:6::1");
        using PacketSocketDevice tapB = Plug(node, b, "tapb", "10.6.0.2", "fd00:6::2");
        using Relay relay = new(tapA, tapB, tapB, tapA);

        // 20 sends of 30 segments each; the receiver counts datagrams of 1000 bytes and checks their content.
        const string Receive = "import socket;s=socket.socket(2,2);s.setsockopt(1,8,8<<20);s.bind(('',7001));s.settimeout(3);print('ready',flush=True);n=sum(1 for _ in range(600) if s.recv(2000)==b'x'*1000);print(n)";
        const string Send = "import socket,time;s=socket.socket(2,2);s.setsockopt(17,103,1000);s.connect(('10.6.0.2',7001))\nfor _ in range(20): s.send(b'x'*30000);time.sleep(.01)";
        using Process receiver = b.Start("/usr/bin/python3", "-c", Receive);
        receiver.StandardOutput.ReadLine().ShouldBe("ready");
        a.Execute("/usr/bin/python3", "-c", Send);
        receiver.StandardOutput.ReadLine().ShouldBe("600");
        relay.LongestFrame.ShouldBeGreaterThan(20_000);
    }

    private static PacketSocketDevice Plug(TestNamespace node, TestNamespace guest, string tap, string ipv4, string ipv6)
    {
        node.Route.CreateVeth(new VethEnd(tap), new VethEnd("eth0") { Namespace = guest.Namespace });
        guest.Route.SetUp("eth0");
        node.SetUp(tap);
        guest.Route.AddAddress("eth0", IpAddress.Parse(ipv4), 24);
        guest.Route.AddAddress("eth0", IpAddress.Parse(ipv6), 64);
        return node.Run(() => PacketSocketDevice.Open(tap));
    }

    private static double Transfer(TestNamespace a, TestNamespace b, string server)
    {
        using Process listener = b.Start("iperf3", "-s", "-1");
        SpinWait.SpinUntil(() => b.Execute("ss", "-Hltn").Contains(":5201 ", StringComparison.Ordinal), 3000).ShouldBeTrue();
        string report = a.Execute("iperf3", "-c", server, "-t", "1", "-J");
        listener.WaitForExit();
        return JsonDocument.Parse(report).RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble();
    }

    private static void ExpectCleanChecksums(TestNamespace ns)
    {
        string counters = ns.Execute("nstat", "-asz", "TcpInCsumErrors", "UdpInCsumErrors", "IpInHdrErrors");
        foreach (string line in counters.Split('\n').Where(l => l.Length > 0 && l[0] != '#'))
        {
            line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1].ShouldBe("0", line);
        }
    }
}
