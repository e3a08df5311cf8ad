using System.Text.Json.Nodes;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>A floating IP goes to another instance while connections through it are open.</summary>
public abstract class FloatingIpMoveTests(ScenarioCloud scenario)
{
    [Fact]
    public void Connections_through_the_old_owner_stop_at_once() => scenario.WithCaptures(context =>
    {
        using Scratch scratch = new(scenario);
        Instance old = scenario.Topology["vm2"];
        Instance next = scenario.Topology["vm4"];
        (string id, IpAddress address) = scratch.FloatingIp(old);
        using Conversation inward = Conversation.Open(scenario.Cloud.Namespace("internet"), address, DemoTopology.EchoPort);
        using Conversation outward = Conversation.Open(old.Namespace, scenario.Cloud.Plan.Internet, DemoTopology.EchoPort);
        for (int i = 0; i < 10; i++)
        {
            inward.Echoes().ShouldBeTrue();
            outward.Echoes().ShouldBeTrue();
        }

        scenario.Cloud.Neutron.Update("floatingips", id, new JsonObject { ["port_id"] = next.PortId.ToString() });
        scenario.Cloud.WaitFloatingIp(id);
        scenario.Cloud.WaitApplied();

        FrameLog after = context.Watch(() =>
        {
            inward.Echoes(timeoutMilliseconds: 500).ShouldBeFalse("its instance has the address no longer");
            outward.Echoes(timeoutMilliseconds: 500).ShouldBeFalse("its source is another's now");
        });
        after.Sent("c2", FlowContext.External, address).ShouldBe(0, "the old node sends nothing as the floating IP");
        after.At("vm2", "eth0").Where(frame => !frame.Outgoing).Select(frame => frame.Headers).OfType<PacketHeaders>()
            .ShouldAllBe(h => !h.HasPorts || h.TcpFlags.HasFlag(TcpFlags.Rst), "what reaches the old instance can only be a reset");
        EchoProbe.Tcp(scenario.Cloud.Namespace("internet"), address, DemoTopology.EchoPort).ShouldBeTrue("the new owner answers");
    });

    [Fact]
    public void A_floating_ip_taken_away_leaves_the_instance_behind_source_nat()
    {
        using Scratch scratch = new(scenario);
        Instance vm = scenario.Topology["vm2"];
        (string id, IpAddress address) = scratch.FloatingIp(vm);
        EchoProbe.Tcp(vm.Namespace, scenario.Cloud.Plan.Internet, DemoTopology.EchoPort).ShouldBeTrue();
        scenario.Topology.Echo["internet"].LastClient.ShouldBe(address);

        scenario.Cloud.Neutron.Delete("floatingips", id);
        scenario.Cloud.WaitApplied();

        EchoProbe.Tcp(vm.Namespace, scenario.Cloud.Plan.Internet, DemoTopology.EchoPort).ShouldBeTrue();
        scenario.Topology.Echo["internet"].LastClient.ShouldBe(scenario.Topology.GatewayAddress);
        PingProbe.Reaches(scenario.Cloud.Namespace("internet"), address, new PingOptions { TimeoutMilliseconds = 300 }).ShouldBeFalse();
    }
}
