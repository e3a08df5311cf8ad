using System.Text.Json.Nodes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Rest;

namespace Vicinal.Scenarios.Tests.Services;

/// <summary>Instances ask their node about themselves, and Nova hears from it who they are.</summary>
public abstract class MetadataTests(ServicesCloud scenario)
{
    private const string Cidr = "192.168.7.0/24";

    [Fact]
    public void Tenants_with_the_same_addresses_each_get_their_own_metadata_on_routed_and_isolated_networks()
    {
        using Scratch scratch = new(scenario);
        using FakeNova nova = Nova("c1");
        string routed = scratch.Network("routed", Cidr);
        scratch.Router(gateway: false, routed);
        string isolated = scratch.Network("isolated", Cidr);
        Guest one = Guest.Boot(scratch, "m1", "c1", routed, group: null, At("192.168.7.5"));
        Guest two = Guest.Boot(scratch, "m2", "c1", isolated, group: null, At("192.168.7.5"));
        scenario.Cloud.WaitActive(one.Instance, two.Instance);
        two.RouteToService();
        foreach (Guest guest in (Guest[])[one, two, one])
        {
            string project = (string)scenario.Cloud.Neutron.Get("ports", guest.Instance.PortId.ToString())["project_id"]!;
            guest.Curl($"{Guest.Metadata}/latest").Output.ShouldBe($"{guest.Id} 192.168.7.5 {project}");
            guest.WaitForLinkLocal(scenario);
            ToolResult v6 = guest.Curl($"{Guest.MetadataV6}/latest");
            v6.Output.ShouldStartWith($"{guest.Id} fe80:", customMessage: v6.ToString());
        }
    }

    [Fact]
    public void An_instance_on_a_provider_network_and_one_behind_a_tap_have_metadata_too()
    {
        using Scratch scratch = new(scenario);
        using FakeNova nova = Nova("c1");
        Guest provider = Guest.Boot(scratch, "mp", "c1", scenario.Topology.PublicNetwork, group: null);
        provider.RouteToService();
        string network = scratch.Network("machines", Cidr);
        using VirtualMachine machine = scratch.BootMachine("mv", "c1", network);
        Instance instance = scenario.Cloud.Instances["mv"];
        string id = Guid.NewGuid().ToString();
        scenario.Cloud.Neutron.Update("ports", instance.PortId.ToString(), new JsonObject { ["device_id"] = id, ["device_owner"] = "compute:nova" });
        scenario.Cloud.WaitActive(provider.Instance, instance);
        scenario.Cloud.WaitApplied();
        Guest guest = new(instance, id);
        guest.RouteToService();
        provider.Curl($"{Guest.Metadata}/").Output.ShouldStartWith(provider.Id);
        guest.Curl($"{Guest.Metadata}/").Output.ShouldStartWith(id);
        Tool.Run(instance.Namespace, "curl", "-s", "-o", "/dev/null", "-w", "%{size_download}", $"{Guest.Metadata}/big").Output.ShouldBe($"{FakeNova.BigSize}");
        machine.WrongChecksums.ShouldBe(0);
    }

    [Fact]
    public void What_an_instance_says_about_itself_never_reaches_nova()
    {
        using Scratch scratch = new(scenario);
        using FakeNova nova = Nova("c1");
        string network = scratch.Network("forgers", Cidr);
        Guest guest = Guest.Boot(scratch, "mf", "c1", network, group: null);
        scenario.Cloud.WaitActive(guest.Instance);
        guest.RouteToService();
        string[] forged =
        [
            "X-Instance-ID: 11111111-1111-1111-1111-111111111111", "x_instance_id: 2", "X-Instance_ID: 3", "X-Tenant-ID: 4", "X_Project_Id: 5", "X-Forwarded-For: 10.9.9.9",
            "X-Instance-ID-Signature: 00", "X-Metadata-Provider: 6", "X-Metadata-Provider-Signature: 7", "X-Neutron-Network-ID: 8", "X-Neutron-Router-ID: 9",
            "X-OVN-Network-ID: 10", "X-LB-ID: 11", "Forwarded: for=10.9.9.9", "Cookie: a=b", "Authorization: Basic x", "Connection: X-Instance-ID",
        ];
        ToolResult result = guest.Curl([.. forged.SelectMany(header => (string[])["-H", header]), $"{Guest.Metadata}/latest"]);
        result.Output.ShouldStartWith($"{guest.Id} {guest.Instance.Address} ", customMessage: result.ToString());
        IReadOnlyDictionary<string, string> seen = nova.Seen.ShouldHaveSingleItem();
        seen.Keys.Where(name => name.Contains('_')).ShouldBeEmpty();
        seen.Keys.ShouldBeSubsetOf(
            ["Host", "Accept", "User-Agent", "X-Forwarded-For", "X-Instance-ID", "X-Tenant-ID", "X-Project-ID", "X-Instance-ID-Signature"], StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_port_of_no_instance_and_a_nova_that_is_away_are_told_in_words()
    {
        using Scratch scratch = new(scenario);
        string network = scratch.Network("nobody", Cidr);
        Instance instance = scratch.Boot("mn", "c2", network);
        Guest guest = Guest.Boot(scratch, "mg", "c2", network, group: null);
        scenario.Cloud.WaitActive(instance, guest.Instance);
        Guest nobody = new(instance, "");
        nobody.RouteToService();
        guest.RouteToService();
        string[] status = ["-w", "%{http_code}"];
        nobody.Curl([.. status, $"{Guest.Metadata}/"]).Output.ShouldBe("This port belongs to no instance.\n404");
        guest.Curl([.. status, $"{Guest.Metadata}/"]).Output.ShouldBe("The metadata service of this cloud cannot be reached from your node.\n502");
        using FakeNova nova = Nova("c2");
        guest.Curl([.. status, $"{Guest.Metadata}/gone"]).Output.ShouldEndWith("502");
        guest.Curl([.. status, $"{Guest.Metadata}/"]).Output.ShouldEndWith("200");
    }

    [Fact]
    public void The_service_address_answers_pings_refuses_other_ports_and_is_nobody_elses()
    {
        using Scratch scratch = new(scenario);
        string network = scratch.Network("doors", Cidr);
        Guest guest = Guest.Boot(scratch, "md", "c1", network, group: null);
        scenario.Cloud.WaitActive(guest.Instance);
        guest.RouteToService();
        Tool.Run(guest.Instance.Namespace, "ping", "-c1", "-W2", "169.254.169.254").ExitCode.ShouldBe(0);
        guest.WaitForLinkLocal(scenario);
        Tool.Run(guest.Instance.Namespace, "ping", "-c1", "-W2", "fe80::a9fe:a9fe%eth0").ExitCode.ShouldBe(0);
        guest.Curl("--max-time", "3", "https://169.254.169.254/").Errors.ShouldContain("Failed to connect", customMessage: "refused at once, not waited for");
        NetworkNamespace.List().ShouldNotContain(name => name.Contains("services", StringComparison.Ordinal), "the sockets' namespace has no name that could be left behind");
    }

    [Fact]
    public void An_agent_that_was_killed_leaves_nothing_and_the_next_one_serves_again()
    {
        using Scratch scratch = new(scenario);
        string network = scratch.Network("survivors", Cidr);
        Guest guest = Guest.Boot(scratch, "mk", "c3", network, group: null);
        scenario.Cloud.WaitActive(guest.Instance);
        guest.RouteToService();
        string[] question = ["--max-time", "1", $"{Guest.Metadata}/latest/meta-data/instance-id"];
        guest.Curl(question).Output.ShouldBe(guest.Id);
        string before = Services("c3");
        scenario.Cloud.Agent("c3").Kill();
        Path.Exists(before).ShouldBeFalse("the namespace went with the process");
        guest.Curl(question).ExitCode.ShouldNotBe(0);
        scenario.Cloud.StartAgent("c3");
        scenario.Cloud.WaitFor("metadata from the next agent", () => guest.Curl(question).Output == guest.Id);
    }

    [Fact]
    public void Instances_that_take_all_they_can_leave_the_others_theirs()
    {
        const int Greedy = 64;
        using Scratch scratch = new(scenario);
        using FakeNova nova = Nova("c1");
        string network = scratch.Network("crowd", "10.64.0.0/16");
        List<Guest> crowd = [.. Enumerable.Range(0, Greedy + 1).Select(i => Guest.Boot(scratch, $"w{i}", "c1", network, group: null))];
        scenario.Cloud.WaitActive([.. crowd.Select(guest => guest.Instance)]);
        crowd.ForEach(guest => guest.RouteToService());
        Guest small = crowd[0];
        string[] size = ["-s", "-o", "/dev/null", "-w", "%{size_download}", "--max-time", "60", $"{Guest.Metadata}/big"];
        List<Tool> downloads = [.. crowd.Skip(1).Select(guest => Tool.Start(guest.Instance.Namespace, "curl", size))];
        try
        {
            int asked = 0;
            while (downloads.Exists(download => !download.HasExited))
            {
                ToolResult answer = small.Curl("-w", " %{time_total}", $"{Guest.Metadata}/latest");
                answer.Output.ShouldStartWith(small.Id, customMessage: answer.ToString());
                double.Parse(answer.Output.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(2);
                asked++;
            }

            asked.ShouldBeGreaterThan(0);
            downloads.ShouldAllBe(download => download.Finish().Output == $"{FakeNova.BigSize}");
        }
        finally
        {
            downloads.ForEach(download => download.Dispose());
        }
    }

    private string Services(string node) => (string)AgentSocket.Get(scenario.Cloud.StateOf(node), "status")["services"]!;

    private FakeNova Nova(string node) => FakeNova.Start(scenario.Cloud.Namespace(node), ServicesCloud.Secret);

    private static JsonObject At(string address) => new() { ["fixed_ips"] = new JsonArray(new JsonObject { ["ip_address"] = address }) };
}
