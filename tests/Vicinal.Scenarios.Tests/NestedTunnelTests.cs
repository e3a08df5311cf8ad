using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>Guests that run an overlay of their own, as container platforms do: VXLAN inside of the cloud's tunnels.</summary>
public abstract class NestedTunnelTests(ScenarioCloud scenario)
{
    private const int VxlanPort = 4789;

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
        AddTunnel(a, b, "10.250.0.1", checksums);
        AddTunnel(b, a, "10.250.0.2", checksums);
        scratch.Echo("nest-b");
        IpAddress far = IpAddress.Parse("10.250.0.2");
        PingProbe.Reaches(a.Namespace, far, new PingOptions { Count = 3 }).ShouldBeTrue();
        PingProbe.Reaches(a.Namespace, far, new PingOptions { PayloadBytes = 3000 }).ShouldBeTrue("in fragments");
        using Conversation conversation = Conversation.Open(a.Namespace, far, DemoTopology.EchoPort);
        conversation.EchoesAll(2_000_000).ShouldBeTrue();
    }

    private static void AddTunnel(Instance own, Instance far, string address, bool checksums) => IpCommand.Batch(own.Namespace,
    [
        $"link add nest0 type vxlan id 7 local {own.Address} remote {far.Address} dstport {VxlanPort} dev eth0 {(checksums ? "udpcsum" : "noudpcsum")}",
        $"addr add {address}/24 dev nest0",
        "link set nest0 up",
    ]);
}
