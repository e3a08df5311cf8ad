using System.Text.Json.Nodes;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Tests.Api;

/// <summary>Routers, floating IPs, security groups and agents by the ordinary openstack client.</summary>
public sealed class OpenStackRoutingTests(ApiCloud cloud) : IClassFixture<ApiCloud>
{
    private OpenStackClient Client
    {
        get
        {
            Assert.SkipUnless(OpenStackClient.IsInstalled, "python3-openstackclient is not installed");
            return new OpenStackClient(cloud.Endpoint);
        }
    }

    private Topology Now => cloud.Writer.Current;

    [Fact]
    public async Task Routers_and_floating_ips_live_through_all_their_commands()
    {
        await Client.ScriptAsync("""
            network create ext --external --provider-network-type flat --provider-physical-network physnet1
            subnet create --network ext --subnet-range 203.0.113.0/24 --no-dhcp ext4
            network create inside
            subnet create --network inside --subnet-range 10.0.0.0/24 in4
            network create second
            subnet create --network second --subnet-range 10.0.1.0/24 second4
            port create --network inside --fixed-ip subnet=in4,ip-address=10.0.0.50 vm1
            port create --network inside --fixed-ip subnet=in4,ip-address=10.0.0.51 vm2
            port create --network second --fixed-ip subnet=second4,ip-address=10.0.1.9 leg
            router create r1 --description first
            router set r1 --external-gateway ext --fixed-ip ip-address=203.0.113.77
            router add subnet r1 in4
            router add port r1 leg
            router set r1 --route destination=192.168.0.0/24,gateway=10.0.0.50
            router add route r1 --route destination=192.168.1.0/24,gateway=10.0.1.20
            router remove route r1 --route destination=192.168.0.0/24,gateway=10.0.0.50
            floating ip create ext --port vm1 --floating-ip-address 203.0.113.99 --description web
            floating ip create ext --subnet ext4
            """);
        Router router = Now.Routers.Values.Single(r => r.Name == "r1");
        Now.Ports[router.Gateway!.PortId].FixedIps.Single().Address.ToString().ShouldBe("203.0.113.77");
        router.Routes.Select(r => r.Destination.ToString()).ShouldBe(["192.168.1.0/24"]);
        FloatingIp web = Now.FloatingIps.Values.Single(f => f.Description == "web");
        (web.RouterId, web.FixedIpAddress.ToString()).ShouldBe((router.Id, "10.0.0.50"));
        JsonNode shown = (await Client.RunAsync("router", "show", "r1", "-f", "json"))!;
        shown["interfaces_info"]!.AsArray().Select(i => i!["ip_address"]!.GetValue<string>()).Order().ShouldBe(["10.0.0.1", "10.0.1.9"]);
        shown["external_gateway_info"]!["enable_snat"]!.GetValue<bool>().ShouldBeTrue();
        await Client.ScriptAsync("""
            floating ip set --port vm2 203.0.113.99
            router set r1 --disable-snat --external-gateway ext
            """);
        Now.FloatingIps[web.Id].FixedIpAddress.ToString().ShouldBe("10.0.0.51");
        Now.Routers[router.Id].Gateway!.EnableSnat.ShouldBeFalse();
        string lists = await Client.ScriptAsync("""
            router list --long
            floating ip list --long --port vm2
            floating ip show 203.0.113.99
            network agent list
            network agent list --router r1 --long
            """);
        lists.ShouldContain("203.0.113.99");
        lists.ShouldContain("L3 agent");
        (await Client.FailAsync("router", "set", "--centralized", "r1")).ShouldContain("Please set router admin_state_up to False prior to upgrade");
        (await Client.FailAsync("router", "remove", "subnet", "r1", "in4")).ShouldContain("required by one or more floating IPs");
        await Client.ScriptAsync("""
            floating ip unset --port 203.0.113.99
            floating ip delete 203.0.113.99
            router unset r1 --route destination=192.168.1.0/24,gateway=10.0.1.20
            router remove subnet r1 in4
            router remove port r1 leg
            router unset r1 --external-gateway
            router set --disable r1
            router set --no-ha r1
            router set --centralized r1
            router set --distributed r1
            router set --enable --name r2 r1
            """);
        Router last = Now.Routers[router.Id];
        (last.Name, last.Distributed, last.AdminStateUp, last.Gateway).ShouldBe(("r2", true, true, null));
        await Client.RunAsync("router", "delete", "r2");
        Now.Routers.ShouldNotContainKey(router.Id);
    }

    [Fact]
    public async Task Security_groups_and_rules_live_through_all_their_commands()
    {
        await Client.ScriptAsync("""
            security group create web --description front
            security group create db --stateless
            security group rule create web --protocol tcp --dst-port 80:443 --remote-ip 10.0.0.0/8 --description http
            security group rule create web --protocol icmp --icmp-type 8 --icmp-code 0 --ingress
            security group rule create web --protocol ipv6-icmp --ethertype IPv6
            security group rule create web --egress --protocol 112
            security group rule create db --remote-group web --protocol tcp --dst-port 5432
            security group set web --name www
            """);
        SecurityGroup web = Now.SecurityGroups.Values.Single(g => g.Name == "www");
        SecurityGroup db = Now.SecurityGroups.Values.Single(g => g.Name == "db");
        db.Stateful.ShouldBeFalse();
        RulesOf(web).Select(r => (r.ProtocolNumber, r.PortRangeMin, r.PortRangeMax)).ShouldBe(
            [(null, null, null), (null, null, null), ((byte)6, 80, 443), ((byte)1, 8, 0), ((byte)58, null, null), ((byte)112, null, null)],
            ignoreOrder: true);
        RulesOf(db).Single(r => r.RemoteGroupId == web.Id).PortRangeMin.ShouldBe(5432);
        string lists = await Client.ScriptAsync("""
            security group list
            security group show www
            security group rule list www
            security group rule list --protocol tcp --ingress
            """);
        lists.ShouldContain("default");
        lists.ShouldContain("80:443");
        (await Client.FailAsync("security", "group", "create", "default")).ShouldContain("Default security group already exists.");
        (await Client.FailAsync("security", "group", "rule", "create", "www", "--protocol", "vrrp", "--egress")).ShouldContain("already exists");
        SecurityGroupRule http = RulesOf(web).Single(r => r.Description == "http");
        await Client.RunAsync("security", "group", "rule", "delete", http.Id.ToString());
        await Client.RunAsync("security", "group", "delete", "www");
        RulesOf(db).Count().ShouldBe(2);
    }

    [Fact]
    public async Task Agents_are_shown_disabled_and_deleted()
    {
        await cloud.ReportAgentAsync("spare", "192.0.2.9");
        Agent spare = Now.AgentOn("spare")!;
        JsonArray agents = (await Client.RunAsync("network", "agent", "list", "--agent-type", "l3", "--host", "spare", "-f", "json"))!.AsArray();
        JsonNode agent = agents.ShouldHaveSingleItem()!;
        (agent["Alive"]!.GetValue<bool>(), agent["State"]!.GetValue<bool>()).ShouldBe((true, true));
        await Client.ScriptAsync($"""
            network agent show {spare.Id}
            network agent set --disable --description repair {spare.Id}
            """);
        (Now.AgentOn("spare")!.AdminStateUp, Now.AgentOn("spare")!.Description).ShouldBe((false, "repair"));
        await Client.RunAsync("network", "agent", "delete", spare.Id.ToString());
        Now.AgentOn("spare").ShouldBeNull();
    }

    [Fact]
    public async Task Routers_change_their_kind_and_their_agents_by_their_commands()
    {
        await cloud.ReportAgentAsync("x1", "192.0.2.31");
        await cloud.ReportAgentAsync("x2", "192.0.2.32");
        (Agent one, Agent two) = (Now.AgentOn("x1")!, Now.AgentOn("x2")!);
        await Client.ScriptAsync("""
            availability zone list --network
            network create kinds
            subnet create --network kinds --subnet-range 10.9.0.0/24 kinds4
            router create kind --centralized --no-ha --availability-zone-hint nova
            router add subnet kind kinds4
            """);
        Guid id = Now.Routers.Values.Single(r => r.Name == "kind").Id;
        Kind().ShouldBe((false, false));
        Guid host = Now.AgentsByHost[Hosts().ShouldHaveSingleItem()];

        // This client says nothing of a refusal here; the router stays where it is all the same.
        await Client.ScriptAsync($"network agent add router --l3 {(host == one.Id ? two : one).Id} kind");
        Now.AgentsByHost[Hosts().ShouldHaveSingleItem()].ShouldBe(host);
        await Client.ScriptAsync($"""
            network agent remove router --l3 {host} kind
            network agent add router --l3 {two.Id} kind
            """);
        Hosts().ShouldBe(["x2"]);
        JsonArray served = (await Client.RunAsync("router", "list", "--agent", two.Id.ToString(), "-f", "json"))!.AsArray();
        served.Select(r => r!["Name"]!.GetValue<string>()).ShouldContain("kind");
        (await Client.FailAsync("router", "set", "--ha", "kind")).ShouldContain($"openstack router set --disable {id}");
        await Client.ScriptAsync("""
            router set --disable kind
            router set --ha kind
            router set --distributed kind
            router set --no-ha kind
            router set --centralized --ha kind
            router set --enable kind
            """);
        Kind().ShouldBe((false, true));
        string first = Hosts()[0];
        JsonArray agents = (await Client.RunAsync("network", "agent", "list", "--router", "kind", "--long", "-f", "json"))!.AsArray();
        agents.Select(a => (a!["Host"]!.GetValue<string>(), a!["HA State"]!.GetValue<string>()))
            .ShouldBe(Hosts().Select(h => (h, h == first ? "active" : "standby")), ignoreOrder: true);
        JsonNode shown = (await Client.RunAsync("network", "agent", "show", Now.AgentsByHost[first].ToString(), "-f", "json"))!;
        shown.ToJsonString().ShouldContain("agent_mode");
        await Client.ScriptAsync($"""
            network agent set --disable {Now.AgentsByHost[first]}
            """);
        Hosts().ShouldNotContain(first);
        await Client.ScriptAsync($"""
            network agent set --enable {Now.AgentsByHost[first]}
            router remove subnet kind kinds4
            router delete kind
            network delete kinds
            network agent delete {one.Id} {two.Id}
            """);
        Now.Routers.ShouldNotContainKey(id);

        (bool, bool) Kind() => (Now.Routers[id].Distributed, Now.Routers[id].Ha);

        string[] Hosts() => [.. Now.Routers[id].GatewayBindings.Select(b => b.Host)];
    }

    private IEnumerable<SecurityGroupRule> RulesOf(SecurityGroup group) =>
        Now.RulesBySecurityGroup[group.Id].Select(id => Now.SecurityGroupRules[id]);
}
