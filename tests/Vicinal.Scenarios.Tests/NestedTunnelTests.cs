using System.Diagnostics;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>Guests that run an overlay of their own, as container platforms do: VXLAN inside of the cloud's tunnels.</summary>
public abstract class NestedTunnelTests(ScenarioCloud scenario)
{
    internal const int VxlanPort = 4789;

    private static readonly IpAddress s_near = IpAddress.Parse("10.250.0.1");
    private static readonly IpAddress s_far = IpAddress.Parse("10.250.0.2");

    /// <param name="checksums">Whether the guests' tunnel sums its outer UDP, which super-packets then leave open twice.</param>
    [Theory]
    [InlineData("c1", "c2", false)]
    [InlineData("c1", "c2", true)]
    [InlineData("c1", "c1", false)]
    public void A_tunnel_between_guests_carries_their_transfers(string nodeA, string nodeB, bool checksums)
    {
        using Scratch scratch = new(scenario);
        string group = scratch.Group(("udp", VxlanPort));
        Instance a = scratch.Boot("nest-a", nodeA, scenario.NetworkId("blue"), group);
        Instance b = scratch.Boot("nest-b", nodeB, scenario.NetworkId("green"), group);
        scenario.Cloud.WaitActive(a, b);
        AddTunnel(scratch, a.Namespace, a.Address, b.Address, s_near, checksums);
        AddTunnel(scratch, b.Namespace, b.Address, a.Address, s_far, checksums);
        scratch.Echo("nest-b");
        PingProbe.Reaches(a.Namespace, s_far, new PingOptions { Count = 3 }).ShouldBeTrue();
        PingProbe.Reaches(a.Namespace, s_far, new PingOptions { PayloadBytes = 3000 }).ShouldBeTrue("in fragments");
        ShouldCarry(a.Namespace, s_far);
        DatagramBurstTests.ShouldArrive(a.Namespace, b.Namespace, s_far);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tunnel_through_a_floating_ip_carries_transfers_both_ways(bool checksums)
    {
        using Scratch scratch = new(scenario);
        string internet = scenario.Cloud.Namespace("internet");
        Instance a = scratch.Boot("nest-a", "c1", scenario.NetworkId("blue"), scratch.Group(("udp", VxlanPort)));
        scenario.Cloud.WaitActive(a);
        (_, IpAddress address) = scratch.FloatingIp(a);
        AddTunnel(scratch, a.Namespace, a.Address, scenario.Cloud.Plan.Internet, s_near, checksums);
        AddTunnel(scratch, internet, scenario.Cloud.Plan.Internet, address, s_far, checksums);
        scratch.Echo("nest-a");
        ShouldCarry(a.Namespace, s_far);
        ShouldCarry(internet, s_near);
        DatagramBurstTests.ShouldArrive(a.Namespace, internet, s_far);
        DatagramBurstTests.ShouldArrive(internet, a.Namespace, s_near);
    }

    /// <summary>Every byte, at a rate that only a stream without stalls has, and that a busy machine still reaches.</summary>
    private static void ShouldCarry(string from, IpAddress to)
    {
        const int Bytes = 4_000_000;
        using Conversation conversation = Conversation.Open(from, to, DemoTopology.EchoPort);
        long start = Stopwatch.GetTimestamp();
        conversation.EchoesAll(Bytes).ShouldBeTrue();
        (Bytes * 8 / Stopwatch.GetElapsedTime(start).TotalSeconds).ShouldBeGreaterThan(4e6, "bits a second");
    }

    internal static void AddTunnel(Scratch scratch, string member, IpAddress local, IpAddress remote, IpAddress address, bool checksums)
    {
        IpCommand.Batch(member,
        [
            $"link add nest0 mtu 1300 type vxlan id 7 local {local} remote {remote} dstport {VxlanPort} {(checksums ? "udpcsum" : "noudpcsum")}",
            $"addr add {address}/24 dev nest0",
            "link set nest0 up",
        ]);
        scratch.OnDispose(() => IpCommand.Batch(member, ["link del nest0"]));
    }
}
