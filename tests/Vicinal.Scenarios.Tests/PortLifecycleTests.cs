using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;

namespace Vicinal.Scenarios.Tests;

/// <summary>Interfaces and ports that come, go and move.</summary>
public abstract class PortLifecycleTests(ScenarioCloud scenario)
{
    [Fact]
    public void A_port_moves_to_another_node_with_its_connections()
    {
        using Scratch scratch = new(scenario);
        Instance guest = scratch.Boot("mover", "c1", scenario.NetworkId("blue"));
        scenario.Cloud.WaitActive(guest);
        scratch.Echo("mover");
        using Conversation same = Conversation.Open(scenario.Topology["vm2"].Namespace, guest.Address, DemoTopology.EchoPort);
        using Conversation routed = Conversation.Open(scenario.Topology["vm4"].Namespace, guest.Address, DemoTopology.EchoPort);
        same.Echoes().ShouldBeTrue();
        routed.Echoes().ShouldBeTrue();

        JsonObject port = scenario.Cloud.Neutron.Update("ports", guest.PortId.ToString(), new JsonObject { ["binding:host_id"] = "c3" });
        ((string)port["status"]!).ShouldBe("DOWN", "its new node has not wired it");
        DeleteTap(guest);
        Instance moved = scenario.Cloud.Boot("mover", "c3", port);
        scenario.Cloud.WaitActive(moved);
        scenario.Cloud.WaitApplied();

        same.Echoes().ShouldBeTrue("the guest took its connections along");
        routed.Echoes().ShouldBeTrue();
        PingProbe.Reaches(moved.Namespace, scenario.Topology["vm3"].Address).ShouldBeTrue();
        Knows("c1", guest).ShouldBeFalse("the old node lets go of the port");
    }

    [Fact]
    public void A_deleted_port_is_unwired_though_its_interface_stays()
    {
        using Scratch scratch = new(scenario);
        Instance guest = scratch.Boot("doomed", "c1", scenario.NetworkId("blue"));
        scenario.Cloud.WaitActive(guest);
        PingProbe.Reaches(guest.Namespace, scenario.Topology["vm2"].Address).ShouldBeTrue();

        scenario.Cloud.Neutron.Delete("ports", guest.PortId.ToString());
        scenario.Cloud.WaitApplied();

        PingOptions impatient = new() { TimeoutMilliseconds = 300 };
        PingProbe.Reaches(guest.Namespace, scenario.Topology["vm2"].Address, impatient).ShouldBeFalse();
        PingProbe.Reaches(scenario.Topology["vm2"].Namespace, guest.Address, impatient).ShouldBeFalse();
        Knows("c1", guest).ShouldBeFalse();
        Should.Throw<NeutronRefusal>(() => scenario.Cloud.Neutron.Get("ports", guest.PortId.ToString())).Status.ShouldBe(404);
    }

    [Fact]
    public void An_interface_that_comes_back_is_wired_again()
    {
        using Scratch scratch = new(scenario);
        Instance guest = scratch.Boot("reborn", "c1", scenario.NetworkId("blue"));
        scenario.Cloud.WaitActive(guest);

        DeleteTap(guest);
        scenario.Cloud.WaitFor("the port to become DOWN", () => StatusOf(guest) == "DOWN");
        Instance again = scenario.Cloud.Boot("reborn", "c1", scenario.Cloud.Neutron.Get("ports", guest.PortId.ToString()));
        scenario.Cloud.WaitActive(again);

        PingProbe.Reaches(again.Namespace, scenario.Topology["vm2"].Address).ShouldBeTrue();
        PingProbe.Reaches(scenario.Topology["vm3"].Namespace, again.Address).ShouldBeTrue();
    }

    [Fact]
    public void A_port_that_is_administratively_down_carries_nothing()
    {
        using Scratch scratch = new(scenario);
        Instance guest = scratch.Boot("lowered", "c1", scenario.NetworkId("blue"));
        scenario.Cloud.WaitActive(guest);
        SetAdminState(guest, up: false);
        PingProbe.Reaches(guest.Namespace, scenario.Topology["vm2"].Address, new PingOptions { TimeoutMilliseconds = 300 }).ShouldBeFalse();
        StatusOf(guest).ShouldBe("DOWN");
        SetAdminState(guest, up: true);
        scenario.Cloud.WaitActive(guest);
        PingProbe.Reaches(guest.Namespace, scenario.Topology["vm2"].Address).ShouldBeTrue();
    }

    private void SetAdminState(Instance guest, bool up)
    {
        scenario.Cloud.Neutron.Update("ports", guest.PortId.ToString(), new JsonObject { ["admin_state_up"] = up });
        scenario.Cloud.WaitApplied();
    }

    private void DeleteTap(Instance guest) => IpCommand.Run("-n", scenario.Cloud.Plan.Namespace(guest.Node), "link", "del", guest.Device);

    private string? StatusOf(Instance guest) => (string?)scenario.Cloud.Neutron.Get("ports", guest.PortId.ToString())["status"];

    private bool Knows(string node, Instance guest) => AgentSocket.Get(scenario.Cloud.StateOf(node), "ports").AsArray()
        .Any(port => (string)port!["port"]! == guest.PortId.ToString() && (bool)port["wired"]!);
}
