using System.Text.Json.Nodes;

namespace Vicinal.Scenarios.Tests.Services;

/// <summary>dig in instances: the cloud's names from the rows, others from the node's name servers.</summary>
public abstract class DnsTests(ServicesCloud scenario)
{
    private const string Service = "169.254.169.254";
    private const string ServiceV6 = "fe80::a9fe:a9fe%eth0";

    [Fact]
    public void Internal_names_are_answered_by_udp_and_tcp_with_and_without_edns()
    {
        using Scratch scratch = new(scenario);
        (Guest asker, Guest named) = Create(scratch, "one");
        string name = NameOf(named);
        foreach (string server in (string[])[Service, ServiceV6])
        {
            foreach (string transport in (string[])["+notcp", "+tcp"])
            {
                foreach (string edns in (string[])["+noedns", "+edns=0", "+bufsize=4096"])
                {
                    string[] how = [$"@{server}", transport, edns];
                    Dig(asker, [.. how, name]).ShouldBe([$"{named.Instance.Address}"]);
                    Dig(asker, [.. how, name.ToUpperInvariant(), "AAAA"]).ShouldBe([$"{named.Instance.AddressV6}"]);
                    Dig(asker, [.. how, "-x", $"{named.Instance.Address}"]).ShouldBe([name + "."]);
                    Dig(asker, [.. how, "-x", $"{named.Instance.AddressV6}"]).ShouldBe([name + "."]);
                    Dig(asker, [.. how, name, "MX"]).ShouldBeEmpty();
                }
            }
        }
    }

    [Fact]
    public void Tenants_do_not_see_each_others_names()
    {
        using Scratch scratch = new(scenario);
        using FakeNameServer names = FakeNameServer.Start(scenario.Cloud.Namespace("c1"), ServicesCloud.NameServerPort);
        (Guest one, Guest named) = Create(scratch, "mine");
        (Guest two, Guest _) = Create(scratch, "theirs");
        Dig(one, $"@{Service}", NameOf(named)).ShouldBe([$"{named.Instance.Address}"]);
        Dig(two, $"@{Service}", NameOf(named)).ShouldBe([FakeNameServer.Address], "it is a name like any other there");
    }

    [Fact]
    public void Other_names_come_from_the_nodes_name_servers_and_long_answers_by_tcp()
    {
        using Scratch scratch = new(scenario);
        using FakeNameServer names = FakeNameServer.Start(scenario.Cloud.Namespace("c1"), ServicesCloud.NameServerPort);
        (Guest asker, Guest _) = Create(scratch, "ext");
        Dig(asker, $"@{Service}", "www.example.com").ShouldBe([FakeNameServer.Address]);
        Dig(asker, $"@{ServiceV6}", "www.example.com").ShouldBe([FakeNameServer.Address]);
        Dig(asker, $"@{Service}", "+tcp", "www.example.com").ShouldBe([FakeNameServer.Address]);
        Dig(asker, $"@{Service}", "big.example.com").Count.ShouldBe(FakeNameServer.BigCount + 1);
        Tool.Run(asker.Instance.Namespace, "dig", $"@{Service}", "+opcode=UPDATE", "example.com").Output.ShouldContain("NOTIMP");
        Tool.Run(asker.Instance.Namespace, "dig", $"@{Service}", "+edns=1", "+noednsneg", "example.com").Output.ShouldContain("BADVERS");
    }

    [Fact]
    public void Without_a_name_server_the_asker_is_told_so()
    {
        using Scratch scratch = new(scenario);
        (Guest asker, Guest _) = Create(scratch, "dark");
        Tool.Run(asker.Instance.Namespace, "dig", $"@{Service}", "www.example.com").Output.ShouldContain("SERVFAIL");
    }

    [Fact]
    public void Questions_to_the_subnets_server_for_internal_names_are_answered_and_others_are_filtered()
    {
        using Scratch scratch = new(scenario);
        (Guest asker, Guest named) = Create(scratch, "sub", routed: true);
        Dig(asker, "@192.0.2.53", "+time=1", "+tries=1", NameOf(named)).ShouldBe([$"{named.Instance.Address}"]);
        Tool.Run(asker.Instance.Namespace, "dig", "@192.0.2.53", "+time=1", "+tries=1", "www.example.com").ExitCode.ShouldNotBe(0);
        Tool.Run(asker.Instance.Namespace, "dig", "@192.0.2.54", "+time=1", "+tries=1", NameOf(named)).ExitCode.ShouldNotBe(0, "a server that is none of the subnet's");
    }

    /// <summary>Two instances without any security group; the second has a name.</summary>
    private (Guest Asker, Guest Named) Create(Scratch scratch, string name, bool routed = false)
    {
        string network = Scratch.IdOf(scratch.Create("networks", new JsonObject { ["name"] = name, ["dns_domain"] = "Cloud.Example." }));
        scratch.Create("subnets", new JsonObject
        {
            ["network_id"] = network,
            ["ip_version"] = 4,
            ["cidr"] = "10.53.0.0/24",
            ["dns_nameservers"] = new JsonArray("192.0.2.53"),
        });
        scratch.Subnet(network, "2001:db8:53::/64");
        if (routed)
        {
            scratch.Router(gateway: false, network);
        }

        Guest asker = Guest.Boot(scratch, $"{name}a", "c1", network, group: null);
        Guest named = Guest.Boot(scratch, $"{name}b", "c2", network, group: null, new JsonObject { ["dns_name"] = $"vm-{name}" });
        scenario.Cloud.WaitActive(asker.Instance, named.Instance);
        scenario.Cloud.WaitApplied();
        asker.RouteToService();
        asker.WaitForLinkLocal(scenario);
        return (asker, named);
    }

    private static string NameOf(Guest guest) => $"vm-{guest.Instance.Name[..^1]}.cloud.example";

    private static List<string> Dig(Guest guest, params IEnumerable<string> arguments)
    {
        ToolResult result = Tool.Run(guest.Instance.Namespace, "dig", ["+short", .. arguments]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
