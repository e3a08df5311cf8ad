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
    public async Task Networks_are_found_by_their_tags()
    {
        await Client.ScriptAsync("""
            network create both --tag red --tag green
            network create one --tag red
            network unset one --tag red
            network set one --tag blue
            """);
        JsonArray found = (await Client.RunAsync("network", "list", "--tags", "red,green", "-f", "json"))!.AsArray();
        found.ShouldHaveSingleItem()!["Name"]!.GetValue<string>().ShouldBe("both");
        Now.Networks.Values.Single(n => n.Name == "one").Tags.ShouldBe(["blue"]);
    }
}
