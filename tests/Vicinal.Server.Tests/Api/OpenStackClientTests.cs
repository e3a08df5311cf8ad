using System.Text.Json.Nodes;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Tests.Api;

public sealed class OpenStackClientTests(ApiCloud cloud) : IClassFixture<ApiCloud>
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
    public async Task A_network_is_made_from_the_command_line()
    {
        JsonNode made = (await Client.RunAsync("network", "create", "cli", "--mtu", "1400", "--description", "from the client", "-f", "json"))!;
        made["name"]!.GetValue<string>().ShouldBe("cli");
        made["mtu"]!.GetValue<int>().ShouldBe(1400);
        made["provider:network_type"]!.GetValue<string>().ShouldBe("geneve");
        JsonNode byName = (await Client.RunAsync("network", "show", "cli", "-f", "json"))!;
        byName["id"]!.GetValue<string>().ShouldBe(made["id"]!.GetValue<string>());
        await Client.RunAsync("network", "delete", "cli");
        (await Client.FailAsync("network", "show", "cli")).ShouldContain("No Network found for cli");
    }

    [Fact]
    public async Task Networks_subnets_and_ports_live_through_all_their_commands()
    {
        await Client.ScriptAsync("""
            network create blue --enable-port-security
            network create ext --external --share --provider-network-type flat --provider-physical-network physnet1
            network create v7 --provider-network-type vlan --provider-physical-network physnet1 --provider-segment 7 --disable
            network set blue --name azure --description sky --disable --share
            subnet create --network azure --subnet-range 10.0.0.0/24 --gateway 10.0.0.254 --dns-nameserver 8.8.8.8 --allocation-pool start=10.0.0.10,end=10.0.0.99 --host-route destination=10.9.0.0/16,gateway=10.0.0.253 s4
            subnet create --network azure --subnet-range fd00:1::/64 --ip-version 6 --ipv6-ra-mode slaac --ipv6-address-mode slaac s6
            subnet set s4 --name s4b --dns-nameserver 9.9.9.9 --no-dhcp --allocation-pool start=10.0.0.120,end=10.0.0.130
            subnet unset s4b --dns-nameserver 8.8.8.8
            port create --network azure --fixed-ip subnet=s4b,ip-address=10.0.0.50 --host c1 --device vm1 --device-owner compute:nova --mac-address fa:16:3e:01:02:03 p1
            port create --network azure --no-fixed-ip --disable-port-security --no-security-group p2
            port create --network azure p3
            port set p1 --name p1b --allowed-address ip-address=10.0.0.77 --fixed-ip subnet=s4b,ip-address=10.0.0.60 --host c2 --description d
            port unset p1b --host
            port set p3 --no-security-group --disable-port-security --disable
            """);
        Network azure = Now.Networks.Values.Single(n => n.Name == "azure");
        (azure.Description, azure.AdminStateUp, azure.Shared).ShouldBe(("sky", false, true));
        Now.Networks.Values.Single(n => n.Name == "v7").SegmentationId.ShouldBe(7);
        Now.Networks.Values.Single(n => n.Name == "ext").External.ShouldBeTrue();
        Subnet s4 = Now.Subnets.Values.Single(s => s.Name == "s4b");
        s4.DnsNameservers.Select(d => d.ToString()).ShouldBe(["9.9.9.9"]);
        s4.EnableDhcp.ShouldBeFalse();
        s4.AllocationPools.Select(p => $"{p.Start}-{p.End}").ShouldBe(["10.0.0.10-10.0.0.99", "10.0.0.120-10.0.0.130"]);
        Port p1 = Now.Ports.Values.Single(p => p.Name == "p1b");
        p1.FixedIps.Select(f => f.Address.ToString()).Order().ShouldBe(["10.0.0.50", "10.0.0.60", "fd00:1::f816:3eff:fe01:203"]);
        p1.AllowedAddressPairs.Single().Prefix.ToString().ShouldBe("10.0.0.77/32");
        (p1.BindingHostId, p1.BindingVifType).ShouldBe(("", "unbound"));
        Now.Ports.Values.Single(p => p.Name == "p2").FixedIps.ShouldBeEmpty();
        Port p3 = Now.Ports.Values.Single(p => p.Name == "p3");
        (p3.SecurityGroups.Count, p3.PortSecurityEnabled, p3.AdminStateUp).ShouldBe((0, false, false));
        JsonArray ports = (await Client.RunAsync("port", "list", "--network", "azure", "--long", "-f", "json"))!.AsArray();
        ports.Select(p => p!["Name"]!.GetValue<string>()).Order().ShouldBe(["p1b", "p2", "p3"]);
        JsonArray networks = (await Client.RunAsync("network", "list", "--external", "--long", "-f", "json"))!.AsArray();
        networks.ShouldHaveSingleItem()!["Name"]!.GetValue<string>().ShouldBe("ext");
        string lists = await Client.ScriptAsync("""
            subnet list --long --network azure --ip-version 6
            port list --fixed-ip ip-substring=10.0.0 --mac-address fa:16:3e:01:02:03
            port show p1b
            subnet show s6
            extension list --network
            """);
        lists.ShouldContain("fd00:1::/64");
        lists.ShouldContain("fa:16:3e:01:02:03");
        lists.ShouldContain("port-security");
        (await Client.FailAsync("network", "delete", "azure")).ShouldContain("There are one or more ports still in use on the network");
        await Client.ScriptAsync("""
            port delete p1b p2 p3
            subnet delete s4b s6
            network delete azure ext v7
            """);
        Now.Networks.Values.Where(n => n.Name is "azure" or "ext" or "v7").ShouldBeEmpty();
    }

    [Fact]
    public async Task Routers_floating_ips_groups_and_agents_live_through_all_their_commands()
    {
        await Client.ScriptAsync("""
            network create outside --external --provider-network-type vlan --provider-physical-network physnet1 --provider-segment 99
            subnet create --network outside --subnet-range 203.0.113.0/24 --no-dhcp outside4
            network create inside --tag red --tag green
            subnet create --network inside --subnet-range 10.0.0.0/24 inside4
            subnet create --network inside --subnet-range fd00:2::/64 --ip-version 6 inside6
            router create r1
            router set r1 --external-gateway outside
            router add subnet r1 inside4
            router add subnet r1 inside6
            router add route r1 --route destination=10.77.0.0/16,gateway=10.0.0.200
            port create --network inside --host c1 vm1
            port create --network inside --host c2 vm2
            port create --network inside extra
            security group create web --description "what the world may reach"
            security group rule create web --protocol tcp --dst-port 80:81 --remote-ip 0.0.0.0/0
            security group rule create web --protocol icmp --ethertype IPv4
            security group rule create web --protocol ipv6-icmp --ethertype IPv6
            security group rule create web --protocol tcp --dst-port 22 --remote-group web --egress
            port set vm1 --security-group web
            floating ip create outside --floating-ip-address 203.0.113.50 --description web
            floating ip set 203.0.113.50 --port vm1
            floating ip create outside --port vm2
            network agent list
            router list --long
            floating ip list --long
            security group list
            """);
        Router router = Now.Routers.Values.Single(r => r.Name == "r1");
        router.Gateway.ShouldNotBeNull();
        router.Routes.Count.ShouldBe(1);
        FloatingIp web = Now.FloatingIps.Values.Single(f => f.FloatingIpAddress.ToString() == "203.0.113.50");
        web.PortId.ShouldBe(Now.Ports.Values.Single(p => p.Name == "vm1").Id);
        JsonNode shown = (await Client.RunAsync("router", "show", "r1", "-f", "json"))!;
        shown["interfaces_info"]!.AsArray().Count.ShouldBe(2);
        shown["external_gateway_info"]!["enable_snat"]!.GetValue<bool>().ShouldBeTrue();
        (await Client.RunAsync("security", "group", "rule", "list", "web", "--long", "-f", "json"))!.AsArray().Count.ShouldBe(6);
        (await Client.RunAsync("network", "list", "--tags", "red,green", "-f", "json"))!.AsArray()
            .ShouldHaveSingleItem()!["Name"]!.GetValue<string>().ShouldBe("inside");
        JsonArray agents = (await Client.RunAsync("network", "agent", "list", "-f", "json"))!.AsArray();
        agents.Select(a => a!["Host"]!.GetValue<string>()).Order().ShouldBe(["c1", "c2"]);
        agents.ShouldAllBe(a => a!["Alive"]!.GetValue<bool>());
        (await Client.FailAsync("router", "delete", "r1")).ShouldContain("has ports still attached");
        await Client.ScriptAsync("""
            network unset inside --tag red
            security group set web --name www --description none
            floating ip unset 203.0.113.50 --port
            floating ip delete 203.0.113.50
            router remove route r1 --route destination=10.77.0.0/16,gateway=10.0.0.200
            port unset vm1 --security-group www
            security group delete www
            port delete vm1 vm2 extra
            router remove subnet r1 inside4
            router remove subnet r1 inside6
            router unset r1 --external-gateway
            router set r1 --disable --name r1b
            router delete r1b
            """);
        Now.Routers.Values.ShouldNotContain(r => r.Id == router.Id);
        Now.Networks.Values.Single(n => n.Name == "inside").Tags.ShouldBe(["green"]);
        string[] left = [.. Now.FloatingIps.Values.Select(f => f.Id.ToString())];
        await Client.ScriptAsync($"floating ip delete {string.Join(' ', left)}\nnetwork delete inside outside\n");
    }
}
