using System.Text.Json.Nodes;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>Server and agents that die without a word, and come back.</summary>
public abstract class RestartTests(ScenarioCloud scenario)
{
    [Fact]
    public void Agents_go_on_without_the_server_and_nothing_is_lost()
    {
        using Scratch scratch = new(scenario);
        (string floating, IpAddress address) = scratch.FloatingIp(scenario.Topology["vm2"]);
        using Conversation eastWest = Conversation.Open(scenario.Topology["vm1"].Namespace, scenario.Topology["vm3"].Address, DemoTopology.EchoPort);
        using Conversation inward = Conversation.Open(scenario.Cloud.Namespace("internet"), address, DemoTopology.EchoPort);
        using Conversation translated = Conversation.Open(scenario.Topology["vm1"].Namespace, scenario.Cloud.Plan.Internet, DemoTopology.EchoPort);
        string group = scratch.Group(("tcp", 7005));

        scenario.Cloud.StopServer();
        scenario.Cloud.Neutron.Answers().ShouldBeFalse();
        foreach (Conversation open in (Conversation[])[eastWest, inward, translated])
        {
            open.Echoes().ShouldBeTrue("what is open goes on");
        }

        ShouldReach("vm1", scenario.Topology["vm3"].Address);
        ShouldReach("vm1", scenario.Topology["vm4"].AddressV6);
        ShouldReach("internet", address);
        ShouldReach("vm1", scenario.Cloud.Plan.Internet);

        scenario.Cloud.StartServer();
        scenario.Cloud.WaitFor("the server's API", scenario.Cloud.Neutron.Answers);
        ((string)scenario.Cloud.Neutron.Get("floatingips", floating)["floating_ip_address"]!).ShouldBe(address.ToString());
        scenario.Cloud.Neutron.List("security-group-rules", $"security_group_id={group}&protocol=tcp").Count.ShouldBe(1, "the last write before the kill");
        scenario.Cloud.Neutron.List("agents").ShouldAllBe(agent => (bool)agent["alive"]!);

        Instance late = scratch.Boot("late", "c3", scenario.NetworkId("green"));
        scenario.Cloud.WaitActive(late);
        scenario.Cloud.WaitApplied();
        PingProbe.Reaches(scenario.Topology["vm1"].Namespace, late.Address).ShouldBeTrue("what is made after the restart works");
        eastWest.Echoes().ShouldBeTrue();
        inward.Echoes().ShouldBeTrue();
        translated.Echoes().ShouldBeTrue();
    }

    [Fact]
    public void An_agent_that_was_killed_wires_its_ports_again_and_harms_no_other()
    {
        using Conversation elsewhere = Conversation.Open(scenario.Topology["vm1"].Namespace, scenario.Topology["vm4"].Address, DemoTopology.EchoPort);
        using Conversation through = Conversation.Open(scenario.Topology["vm1"].Namespace, scenario.Topology["vm2"].Address, DemoTopology.EchoPort);
        JsonObject before = PortOf("vm2");

        scenario.Cloud.Agent("c2").Kill();
        elsewhere.Echoes().ShouldBeTrue("another node is not affected");
        ShouldReach("vm1", scenario.Topology["vm7"].Address, DemoTopology.EchoPort, reaches: false, "vm7's group lets nobody in");
        ShouldReach("vm7", scenario.Topology["vm1"].Address);
        ((string)PortOf("vm2")["status"]!).ShouldBe("ACTIVE", "a short silence flaps no port");

        scenario.Cloud.StartAgent("c2");
        scenario.Cloud.WaitFor("vm2 to be reached again", () => PingProbe.Reaches(
            scenario.Topology["vm1"].Namespace, scenario.Topology["vm2"].Address, new PingOptions { TimeoutMilliseconds = 200 }));
        through.Echoes().ShouldBeTrue("an established connection is picked up again");
        ((int)PortOf("vm2")["revision_number"]!).ShouldBe((int)before["revision_number"]!, "nobody wrote to the port");
        ShouldReach("internet", scenario.Topology["vm5"].Address);
    }

    [Fact]
    public void A_gateways_agent_that_was_killed_translates_again_after_its_start()
    {
        ShouldReach("vm1", scenario.Cloud.Plan.Internet);
        foreach (string gateway in FlowContext.Gateways)
        {
            scenario.Cloud.Agent(gateway).Kill();
            scenario.Cloud.StartAgent(gateway);
        }

        scenario.Cloud.WaitFor("source NAT to work again", () => PingProbe.Reaches(
            scenario.Topology["vm1"].Namespace, scenario.Cloud.Plan.Internet, new PingOptions { TimeoutMilliseconds = 200 }));
        EchoProbe.Tcp(scenario.Topology["vm1"].Namespace, scenario.Cloud.Plan.Internet, DemoTopology.EchoPort).ShouldBeTrue();
    }

    private JsonObject PortOf(string instance) => scenario.Cloud.Neutron.Get("ports", scenario.Topology[instance].PortId.ToString());

    private void ShouldReach(string from, IpAddress to, int port = DemoTopology.EchoPort, bool reaches = true, string? why = null) =>
        EchoProbe.Tcp(scenario.Cloud.Namespace(from), to, port, timeoutMilliseconds: reaches ? 2000 : 300).ShouldBe(reaches, why ?? $"{from} -> {to}");
}
