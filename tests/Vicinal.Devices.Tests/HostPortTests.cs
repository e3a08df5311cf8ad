using System.Diagnostics;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests;

/// <summary>A node and an outside machine on one wire; an address that neither has lives in this process, behind the node's NIC.</summary>
[Collection(NetworkCollection.Name)]
public sealed class HostPortTests
{
    private static readonly IpAddress HostAddress = IpAddress.Parse("10.8.0.1");
    private static readonly IpAddress OutsideAddress = IpAddress.Parse("10.8.0.2");
    private static readonly IpAddress OurAddress = IpAddress.Parse("10.8.0.50");
    private static readonly MacAddress OurMac = MacAddress.Parse("fa:16:3e:00:00:50");

    [Fact]
    public void The_host_and_an_address_of_ours_on_its_nic_reach_each_other_and_the_outside()
    {
        using TestNamespace node = new("hp");
        using TestNamespace outside = new("hpo");
        Wire(node, outside);
        (PacketSocketDevice nic, HostPort host) = node.Run(() => (PacketSocketDevice.Open("nic0", HostPort.NicOptions), HostPort.Open("nic0")));
        using (nic)
        using (ClosingIn(node, host))
        {
            host.SetOwnMacs([OurMac]);
            using FrameGuard guard = FrameGuard.Open(node.Namespace);
            node.Run(() => guard.GuardNic("nic0", [OurMac]));
            using Responder responder = new(nic, host, OurMac, OurAddress);

            node.Execute("ping", "-c3", "-i0.2", "-W1", "10.8.0.50");
            outside.Execute("ping", "-c3", "-i0.2", "-W1", "10.8.0.50");

            // The host's own traffic on the NIC is untouched, both ways and in bulk.
            node.Execute("ping", "-c2", "-i0.2", "-W1", "10.8.0.2");
            outside.Execute("ping", "-c2", "-i0.2", "-W1", "10.8.0.1");
            Bulk(node, outside).ShouldBeGreaterThan(50e6);

            // And the other way round: we ask the host.
            responder.PingFromOurs(HostAddress, node.Route.GetLink("nic0").MacAddress).ShouldBeTrue();
            responder.Heard(OurMac).ShouldBe(0, "what we inject or send must not come back as if from the wire");
        }

        node.Route.FindLink("vi-in" + node.Route.GetLink("nic0").Index).ShouldBeNull();
    }

    [Fact]
    public void Large_tcp_frames_from_the_host_arrive_whole_and_large_injected_ones_are_accepted()
    {
        using TestNamespace node = new("hpl");
        using TestNamespace outside = new("hplo");
        Wire(node, outside);

        // The outside's address is declared ours: the host's TCP to it is relayed by this process, in both directions, through the host port.
        MacAddress outsideMac = outside.Route.GetLink("eth0").MacAddress;
        (PacketSocketDevice nic, HostPort host) = node.Run(() => (PacketSocketDevice.Open("nic0", HostPort.NicOptions), HostPort.Open("nic0")));
        using (nic)
        using (ClosingIn(node, host))
        {
            host.SetOwnMacs([outsideMac]);
            PacketBuffer[] buffers = Frames.Buffers(64);
            bool sawGso = false;
            using Process server = outside.Start("iperf3", "-s", "-1", "-p", "5301");
            WaitForListener(outside, 5301);
            using Process client = node.Start("iperf3", "-c", "10.8.0.2", "-p", "5301", "-t", "1");
            while (!client.HasExited)
            {
                int count = host.Receive(buffers);
                for (int i = 0; i < count; i++)
                {
                    sawGso |= buffers[i].Offload.Gso == GsoType.TcpV4 && buffers[i].Length > 3000;
                }
            }

            client.ExitCode.ShouldBe(0);
            server.WaitForExit();
            sawGso.ShouldBeTrue();
        }
    }

    [Fact]
    public void A_port_left_by_a_crash_is_replaced()
    {
        using TestNamespace node = new("hpc");
        using TestNamespace outside = new("hpco");
        Wire(node, outside);
        HostPort crashed = node.Run(() => HostPort.Open("nic0"));
        HostPort host = node.Run(() => HostPort.Open("nic0"));
        node.Run(crashed.Dispose);
        node.Run(host.Dispose);
    }

    private static void Wire(TestNamespace node, TestNamespace outside)
    {
        node.Route.CreateVeth(new VethEnd("nic0"), new VethEnd("eth0") { Namespace = outside.Namespace });
        outside.Route.SetUp("eth0");
        node.SetUp("nic0");
        node.Route.AddAddress("nic0", HostAddress, 24);
        outside.Route.AddAddress("eth0", OutsideAddress, 24);
    }

    private static double Bulk(TestNamespace node, TestNamespace outside)
    {
        using Process server = outside.Start("iperf3", "-s", "-1", "-p", "5300");
        WaitForListener(outside, 5300);
        string report = node.Execute("iperf3", "-c", "10.8.0.2", "-p", "5300", "-t", "1", "-J");
        server.WaitForExit();
        return System.Text.Json.JsonDocument.Parse(report).RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble();
    }

    private static void WaitForListener(TestNamespace ns, int port) =>
        SpinWait.SpinUntil(() => ns.Execute("ss", "-Hltn").Contains($":{port} ", StringComparison.Ordinal), 3000).ShouldBeTrue();

    private static Closing ClosingIn(TestNamespace node, HostPort host) => new(node, host);

    private sealed class Closing(TestNamespace node, HostPort host) : IDisposable
    {
        public void Dispose() => node.Run(host.Dispose);
    }
}
