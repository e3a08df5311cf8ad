using System.Net;
using System.Text.Json.Nodes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Rest;

namespace Vicinal.Cli.Tests.Deploy;

/// <summary>The example site in namespaces, as an operator tries it: up, networks, instances, pings, down, and nothing is left.</summary>
public sealed class LabUpTests : IDisposable
{
    private readonly string _lab = $"up{Environment.ProcessId}n{Random.Shared.Next(1_000_000)}";

    /// <summary>What a test left behind after it failed.</summary>
    public void Dispose() => Lab("down").ExitCode.ShouldBe(0);

    [Fact]
    public void A_site_is_brought_up_tried_and_taken_down()
    {
        Up();
        Lab("status").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["c1", "c2", "ctl", "external", "g1", "g2", "internet", "underlay"], ignoreOrder: true);
        using (NeutronClient neutron = new($"vicinal-{_lab}-ctl", new IPEndPoint(IPAddress.Loopback, LabCloud.ApiPort)))
        {
            ((bool)CreateCloud(neutron)["distributed"]!).ShouldBeTrue();
            Boot("vm1", Port(neutron, "blue", "c1")).Output.ShouldContain("runs on c1 with 10.1.0.");
            string green = Boot("vm2", Port(neutron, "green", "c2")).Output.Split(' ')[^1].Trim();
            Ping("vm1", green).ShouldBe(0, "across two nodes and the router");
            Ping("vm1", "203.0.113.1").ShouldBe(0, "out, through a gateway node");
            Ping("vm1", "198.51.100.7").ShouldBe(0, "to the internet behind it");

            // The machine's own clock is not the lab's to set.
            ProgramResult live = VicinalProgram.RunIn($"vicinal-{_lab}-c1", "deploy", "check", DeployFiles.Site, "--node", "c1", "--probe");
            live.Output.ShouldContain("errors: 0", customMessage: live.ToString());
        }

        ProgramResult again = Lab("up", DeployFiles.Site);
        again.ExitCode.ShouldBe(2, again.ToString());
        again.Errors.ShouldContain("is up; end it");
        Lab("down").ExitCode.ShouldBe(0);
        NetworkNamespace.List().ShouldNotContain(name => name.StartsWith($"vicinal-{_lab}-", StringComparison.Ordinal));
        string folder = Path.Combine(Path.GetTempPath(), $"vicinal-{Environment.UserName}", _lab);
        Directory.Exists(folder).ShouldBeFalse();
        PinMounts.Under(folder).ShouldBeEmpty();
        Lab("status").ExitCode.ShouldBe(1);
    }

    [Fact]
    public void Environment_files_reach_the_server_and_the_agents()
    {
        Up("-e", DeployFiles.Example("tripleo/net-multiple-nics.yaml"), "-e", DeployFiles.Example("tripleo/disable-dvr.yaml"));
        using NeutronClient neutron = new($"vicinal-{_lab}-ctl", new IPEndPoint(IPAddress.Loopback, LabCloud.ApiPort));
        ((bool)CreateCloud(neutron)["distributed"]!).ShouldBeFalse("the site turns DVR off");
        Should.Throw<NeutronRefusal>(() => neutron.Create("routers", new JsonObject { ["name"] = "r2", ["distributed"] = true }), "and no router can be distributed then");
        neutron.List("agents").ShouldAllBe(agent => (string)agent["configurations"]!["bridge_mappings"]!["physnet1"]! == "eth1");
        Should.Throw<NeutronRefusal>(() => neutron.Create("networks", new JsonObject
        {
            ["name"] = "other",
            ["provider:network_type"] = "flat",
            ["provider:physical_network"] = "physnet9",
        }), "NeutronFlatNetworks names one network");
    }

    [Fact]
    public void A_site_with_errors_is_not_brought_up_and_nothing_can_be_booted_in_a_lab_that_is_not()
    {
        ProgramResult refused = Lab("up", "/nowhere/site.yaml");
        refused.ExitCode.ShouldBe(2);
        refused.Errors.ShouldContain("unreadable-file");
        ProgramResult boot = Lab("boot", "vm1", Guid.Empty.ToString());
        boot.ExitCode.ShouldBe(2);
        boot.Errors.ShouldContain($"lab '{_lab}' is not up");
    }

    /// <summary>An external network, a router on it, and two networks behind it; returns the router.</summary>
    private static JsonObject CreateCloud(NeutronClient neutron)
    {
        string external = Network(neutron, "public", "203.0.113.0/24", new JsonObject
        {
            ["router:external"] = true,
            ["provider:network_type"] = "flat",
            ["provider:physical_network"] = "physnet1",
        });
        JsonObject router = neutron.Create("routers", new JsonObject { ["name"] = "r1", ["external_gateway_info"] = new JsonObject { ["network_id"] = external } });
        foreach ((string name, string cidr) in (ReadOnlySpan<(string, string)>)[("blue", "10.1.0.0/24"), ("green", "10.2.0.0/24")])
        {
            Network(neutron, name, cidr, []);
            string subnet = (string)neutron.List("subnets", $"name={name}")[0]["id"]!;
            neutron.Act("routers", (string)router["id"]!, "add_router_interface", new JsonObject { ["subnet_id"] = subnet });
        }

        string group = (string)neutron.List("security-groups", "name=default")[0]["id"]!;
        neutron.Create("security-group-rules", new JsonObject { ["security_group_id"] = group, ["direction"] = "ingress", ["protocol"] = "icmp" });
        return router;
    }

    private static string Network(NeutronClient neutron, string name, string cidr, JsonObject body)
    {
        body["name"] = name;
        string id = (string)neutron.Create("networks", body)["id"]!;
        neutron.Create("subnets", new JsonObject { ["name"] = name, ["network_id"] = id, ["ip_version"] = 4, ["cidr"] = cidr });
        return id;
    }

    private static string Port(NeutronClient neutron, string network, string node) => (string)neutron.Create("ports", new JsonObject
    {
        ["network_id"] = (string)neutron.List("networks", $"name={network}")[0]["id"]!,
        ["binding:host_id"] = node,
    })["id"]!;

    private ProgramResult Boot(string name, string port)
    {
        ProgramResult result = Lab("boot", name, port);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result;
    }

    private int Ping(string from, string to) => Lab("exec", from, "--", "ping", "-c", "3", "-W", "2", to).ExitCode;

    private void Up(params string[] more)
    {
        ProgramResult result = Lab(["up", DeployFiles.Site, .. more]);
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain($"Lab '{_lab}' is up; its server is in ctl");
    }

    private ProgramResult Lab(params string[] arguments) => VicinalProgram.Run(["lab", "--lab", _lab, .. arguments]);
}
