using System.Text.Json.Nodes;
using Vicinal.Lab;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>What a user does: the ordinary client makes a network with all around it, and it carries traffic.</summary>
public abstract class OpenStackClientTests(ScenarioCloud scenario)
{
    [Fact]
    public void What_the_openstack_client_made_carries_traffic()
    {
        using Scratch scratch = new(scenario);
        Script(
            "network create osnet",
            "subnet create --network osnet --subnet-range 10.77.0.0/24 --no-dhcp ossub",
            "router create osrouter",
            "router add subnet osrouter ossub",
            "router set --external-gateway publicnet osrouter",
            "security group create osgroup",
            "security group rule create --protocol icmp osgroup",
            $"security group rule create --protocol tcp --dst-port {DemoTopology.EchoPort} osgroup",
            "port create --network osnet --host c2 --security-group osgroup osport",
            "floating ip create --port osport publicnet");
        scratch.OnDispose(Clean);
        JsonObject port = scenario.Cloud.Neutron.List("ports", "name=osport")[0];
        Instance instance = scratch.Plug("os", "c2", port);
        scratch.Echo("os");
        scratch.Echo("os", DemoTopology.ClosedPort);
        JsonObject floating = scenario.Cloud.Neutron.List("floatingips", $"port_id={instance.PortId}")[0];
        scenario.Cloud.WaitActive(instance);
        scenario.Cloud.WaitFloatingIp(Scratch.IdOf(floating));

        string internet = scenario.Cloud.Namespace("internet");
        IpAddress address = IpAddress.Parse((string)floating["floating_ip_address"]!);
        PingProbe.Reaches(instance.Namespace, scenario.Cloud.Plan.Internet).ShouldBeTrue();
        EchoProbe.Tcp(internet, address, DemoTopology.EchoPort).ShouldBeTrue();
        EchoProbe.Tcp(internet, address, DemoTopology.ClosedPort, timeoutMilliseconds: 300).ShouldBeFalse();
    }

    private void Clean()
    {
        string port = Scratch.IdOf(scenario.Cloud.Neutron.List("ports", "name=osport")[0]);
        string floating = Scratch.IdOf(scenario.Cloud.Neutron.List("floatingips", $"port_id={port}")[0]);
        Script(
            $"floating ip delete {floating}",
            "port delete osport",
            "router unset --external-gateway osrouter",
            "router remove subnet osrouter ossub",
            "router delete osrouter",
            "network delete osnet",
            "security group delete osgroup");
    }

    /// <summary>Many commands in one process, which saves seconds for each. What it says on its error output is a failure.</summary>
    private void Script(params string[] commands)
    {
        using Tool client = Tool.StartWith(
            string.Join('\n', commands) + "\n", scenario.Cloud.Namespace("server"),
            "env", "OS_AUTH_TYPE=none", $"OS_ENDPOINT=http://127.0.0.1:{LabCloud.ApiPort}", "/usr/bin/openstack");
        ToolResult result = client.Finish();
        result.Errors.ShouldBeEmpty(result.Output);
        result.Output.ShouldNotContain("is not an openstack command");
    }
}
