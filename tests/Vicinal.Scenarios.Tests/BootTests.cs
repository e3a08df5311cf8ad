using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Tenants;
using Vicinal.Packets;
using Vicinal.Scenarios.Tests.Failover;
using Vicinal.Services;

namespace Vicinal.Scenarios.Tests;

/// <summary>Instances that learn who they are from their node, by the clients that distributions have.</summary>
public abstract class BootTests(ScenarioCloud scenario)
{
    [Fact]
    public void Isc_and_busybox_clients_get_what_the_subnet_and_the_port_say_and_reach_the_world_with_it()
    {
        using Scratch scratch = new(scenario);
        string network = Network(scratch, new JsonObject { ["dns_domain"] = "boot.example." });
        Subnet(scratch, network, "10.88.0.0/24", new JsonObject
        {
            ["dns_nameservers"] = new JsonArray("192.0.2.53"),
            ["host_routes"] = new JsonArray(new JsonObject { ["destination"] = "172.31.0.0/16", ["nexthop"] = "10.88.0.9" }),
        });
        scratch.Router(true, network);
        JsonObject options = new() { ["dns_name"] = "web", ["extra_dhcp_opts"] = new JsonArray(Option("ntp-server", "192.0.2.123"), Option("67", "pxelinux.0")) };
        Instance isc = scratch.BootBare("isc", "c1", Port(scratch, network, "c1", options));
        Instance busybox = scratch.BootBare("busybox", "c2", Port(scratch, network, "c2"));
        scenario.Cloud.WaitActive(isc, busybox);

        using (BootClient client = new(isc))
        {
            client.Dhclient("-4");
            client.Told["new_ip_address"].ShouldBe(isc.Address.ToString());
            client.Told["new_subnet_mask"].ShouldBe("255.255.255.0");
            client.Told["new_routers"].ShouldBe("10.88.0.1");
            client.Told["new_domain_name_servers"].ShouldBe("192.0.2.53");
            client.Told["new_domain_name"].ShouldBe("boot.example");
            client.Told["new_host_name"].ShouldBe("web");
            client.Told["new_interface_mtu"].ShouldBe("1442");
            client.Told["new_ntp_servers"].ShouldBe("192.0.2.123");
            client.Told["new_dhcp_lease_time"].ShouldBe("86400");
            client.Told["new_filename"].ShouldBe("pxelinux.0");
            client.Told["new_dhcp_server_identifier"].ShouldBe("10.88.0.1");

            // With the lease that it has it asks for the same address again, and gets it.
            client.Dhclient("-4");
            client.Told["reason"].ShouldBe("REBOOT");
            client.Told["new_ip_address"].ShouldBe(isc.Address.ToString());
        }

        using (BootClient client = new(busybox))
        {
            client.Udhcpc();
            client.Told["ip"].ShouldBe(busybox.Address.ToString());
            client.Told["mask"].ShouldBe("24");
            client.Told["staticroutes"].ShouldBe("0.0.0.0/0 10.88.0.1 169.254.169.254/32 10.88.0.1 172.31.0.0/16 10.88.0.9");
            client.Told["mtu"].ShouldBe("1442");
            Tool.Run(busybox.Namespace, "ip", "addr", "add", $"{client.Told["ip"]}/24", "dev", "eth0").ExitCode.ShouldBe(0);
            Tool.Run(busybox.Namespace, "ip", "route", "add", "default", "via", "10.88.0.1").ExitCode.ShouldBe(0);
        }

        PingProbe.Reaches(busybox.Namespace, isc.Address).ShouldBeTrue();
        PingProbe.Reaches(busybox.Namespace, scenario.Cloud.Plan.Internet).ShouldBeTrue();
    }

    [Fact]
    public void Isc_and_dhcpcd_get_ipv6_addresses_by_dhcpv6_as_the_router_says()
    {
        using Scratch scratch = new(scenario);
        string network = Network(scratch);
        Subnet(scratch, network, "2001:db8:88::/64", Modes("dhcpv6-stateful", "2001:db8::53"));
        scratch.Router(false, network);
        Instance isc = scratch.BootBare("isc6", "c1", Port(scratch, network, "c1"));
        Instance dhcpcd = scratch.BootBare("dhcpcd6", "c2", Port(scratch, network, "c2"));
        scenario.Cloud.WaitActive(isc, dhcpcd);
        WaitForLinkLocal(isc);
        using (BootClient client = new(isc))
        {
            client.Dhclient("-6");
            client.Told["new_ip6_address"].ShouldBe(isc.AddressV6.ToString());
            client.Told["new_dhcp6_name_servers"].ShouldBe("2001:db8::53");
            client.Told["new_dhcp6_domain_search"].ShouldBe("openstacklocal.");
        }

        WaitForLinkLocal(dhcpcd);
        using (BootClient client = new(dhcpcd))
        {
            client.Dhcpcd();
            client.Told.Values.ShouldContain(dhcpcd.AddressV6.ToString());
        }

        WaitForAddress(dhcpcd, dhcpcd.AddressV6);
        PingProbe.Reaches(dhcpcd.Namespace, isc.AddressV6).ShouldBeTrue();
    }

    [Fact]
    public void Hosts_form_the_address_that_the_api_shows_and_ask_for_the_rest()
    {
        using Scratch scratch = new(scenario);
        string network = Network(scratch);
        Subnet(scratch, network, "2001:db8:89::/64", Modes("dhcpv6-stateless"));
        string router = scratch.Router(false, network);
        Instance host = scratch.BootBare("slaac", "c1", Port(scratch, network, "c1"));
        Instance peer = scratch.BootBare("slaac-b", "c2", Port(scratch, network, "c2"));
        scenario.Cloud.WaitActive(host, peer);
        WaitForAddress(host, host.AddressV6);
        WaitForAddress(peer, peer.AddressV6);
        PingProbe.Reaches(host.Namespace, peer.AddressV6).ShouldBeTrue();
        IpAddress gateway = IpAddress.Parse("2001:db8:89::1");
        PingProbe.Reaches(host.Namespace, gateway).ShouldBeTrue();

        ToolResult seen = Tool.Run(host.Namespace, "rdisc6", "-1", "-w", "5000", "eth0");
        seen.ExitCode.ShouldBe(0, seen.ToString());
        string told = Regex.Replace(seen.Output, " +", " ");
        told.ShouldContain("2001:db8:89::/64");
        told.ShouldContain("Stateful other conf. : Yes");
        told.ShouldContain("Stateful address conf. : No");
        told.ShouldContain("MTU : 1442");
        told.ShouldContain("fe80::a9fe:a9fe");
        told.ShouldContain("openstacklocal");
        WaitForLinkLocal(host);
        using (BootClient client = new(host))
        {
            client.Dhclient("-6", "-S");
            client.Told["new_dhcp6_name_servers"].ShouldBe("fe80::a9fe:a9fe");
        }

        // The router's lifetime ends with the router.
        HasDefaultRoute(host).ShouldBeTrue();
        scenario.Cloud.Neutron.Act("routers", router, "remove_router_interface", new JsonObject { ["subnet_id"] = SubnetOf(network) });
        scenario.Cloud.WaitFor("the default route's end", () => !HasDefaultRoute(host));
        scenario.Cloud.Neutron.Act("routers", router, "add_router_interface", new JsonObject { ["subnet_id"] = SubnetOf(network) });
        scenario.Cloud.WaitFor("the default route", () => HasDefaultRoute(host));
    }

    [Fact]
    public void Instances_boot_without_the_server_and_without_a_router()
    {
        using Scratch scratch = new(scenario);
        string network = Network(scratch);
        Subnet(scratch, network, "10.90.0.0/24", new JsonObject { ["gateway_ip"] = null });
        Subnet(scratch, network, "2001:db8:90::/64", Modes("slaac"));
        Instance host = scratch.BootBare("alone", "c1", Port(scratch, network, "c1"));
        scenario.Cloud.WaitActive(host);
        scenario.Cloud.StopServer();
        try
        {
            using BootClient client = new(host);
            client.Dhclient("-4");
            client.Told["new_ip_address"].ShouldBe(host.Address.ToString());
            client.Told["new_dhcp_server_identifier"].ShouldBe("169.254.169.254");
            client.Told["new_domain_name_servers"].ShouldBe("169.254.169.254");
            client.Told.ShouldNotContainKey("new_routers");
            WaitForAddress(host, host.AddressV6);
            HasDefaultRoute(host).ShouldBeFalse("nobody routes here");
            Tool.Run(host.Namespace, "ip", "link", "set", "eth0", "down").ExitCode.ShouldBe(0);
            Tool.Run(host.Namespace, "ip", "link", "set", "eth0", "up").ExitCode.ShouldBe(0);
            client.Udhcpc();
            client.Told["ip"].ShouldBe(host.Address.ToString());
        }
        finally
        {
            scenario.Cloud.StartServer();
            scenario.Cloud.WaitFor("the server's API", scenario.Cloud.Neutron.Answers);
            scenario.Cloud.WaitFor("every agent's report", () => scenario.Cloud.Neutron.List("agents").All(agent => (bool)agent["alive"]!));
        }
    }

    [Fact]
    public void An_instances_own_servers_and_routers_reach_nobody()
    {
        using Scratch scratch = new(scenario);
        string network = Network(scratch);
        Subnet(scratch, network, "10.91.0.0/24");
        Instance rogue = scratch.Plug("rogue", "c1", Port(scratch, network, "c1"));
        Instance[] victims = [scratch.Plug("near", "c1", Port(scratch, network, "c1")), scratch.Plug("far", "c2", Port(scratch, network, "c2"))];
        scenario.Cloud.WaitActive([rogue, .. victims]);
        Tool[] ears = [.. victims.Select(victim => Tool.Start(victim.Namespace, "tcpdump", "-lnni", "eth0", "-Q", "in"))];
        FrameEnds all = new(rogue.Mac, MacAddress.Broadcast, rogue.Address, IpAddress.Parse("255.255.255.255"));
        FrameEnds all6 = new(rogue.Mac, MacAddress.ForIpv6Multicast(NeighborFrame.AllNodes), IpAddress.LinkLocalFor(rogue.Mac), NeighborFrame.AllNodes);
        PacketBuffer advertisement = new();
        RouterAdvertisement content = new() { RouterLifetime = 1800, SourceLinkLayer = rogue.Mac };
        RouterAdvertiser.TryWrite(in content, rogue.Mac, IpAddress.LinkLocalFor(rogue.Mac), advertisement).ShouldBeTrue();
        byte[][] forged =
        [
            PacketBuilder.Udp(in all, 67, 68, new byte[300]), PacketBuilder.Udp(in all, 67, 67, new byte[300]),
            PacketBuilder.Udp(in all6, 547, 546, new byte[40]), advertisement.Span.ToArray(),
        ];
        try
        {
            // Broadcasts that may pass show when the ears are open, and when all that came before has arrived.
            byte[] marker = PacketBuilder.Udp(in all, OpenGroup.EchoPort, OpenGroup.EchoPort, new byte[10]);
            foreach (string phase in (string[])["open", "done"])
            {
                int before = Math.Min(Marks(ears[0]), Marks(ears[1]));
                scenario.Cloud.WaitFor($"ears that are {phase}", () =>
                {
                    RawFrame.Send(rogue.Namespace, "eth0", marker);
                    return ears.All(ear => Marks(ear) > before + 1);
                });
                foreach (byte[] frame in phase == "open" ? forged : [])
                {
                    RawFrame.Send(rogue.Namespace, "eth0", frame);
                }
            }

            foreach (Tool ear in ears)
            {
                ear.Shown.ShouldNotContain(".67 >");
                ear.Shown.ShouldNotContain(".547 >");
                ear.Shown.ShouldNotContain("router advertisement");
            }
        }
        finally
        {
            foreach (Tool ear in ears)
            {
                ear.Dispose();
            }
        }

        static int Marks(Tool ear) => ear.Shown.Split($".{OpenGroup.EchoPort}:").Length - 1;
    }

    private string Network(Scratch scratch, JsonObject? more = null)
    {
        JsonObject body = more ?? [];
        body["name"] = "boots";
        return Scratch.IdOf(scratch.Create("networks", body));
    }

    private static void Subnet(Scratch scratch, string network, string cidr, JsonObject? more = null)
    {
        JsonObject body = more ?? [];
        body["network_id"] = network;
        body["cidr"] = cidr;
        body["ip_version"] = cidr.Contains(':') ? 6 : 4;
        scratch.Create("subnets", body);
    }

    private string SubnetOf(string network) => Scratch.IdOf(scenario.Cloud.Neutron.List("subnets", $"network_id={network}").Single());

    private static JsonObject Modes(string mode, params string[] servers) => new()
    {
        ["ipv6_ra_mode"] = mode,
        ["ipv6_address_mode"] = mode,
        ["dns_nameservers"] = new JsonArray([.. servers.Select(static server => (JsonNode)server)]),
    };

    private JsonObject Port(Scratch scratch, string network, string node, JsonObject? more = null)
    {
        JsonObject body = more ?? [];
        body["network_id"] = network;
        body["binding:host_id"] = node;
        body["security_groups"] = new JsonArray(scenario.Topology.OpenGroup);
        return scratch.Create("ports", body);
    }

    private static JsonObject Option(string name, string value) => new() { ["opt_name"] = name, ["opt_value"] = value };

    private void WaitForLinkLocal(Instance instance) => scenario.Cloud.WaitFor("a link-local address that is free", () =>
        Tool.Run(instance.Namespace, "ip", "-6", "addr", "show", "dev", "eth0", "scope", "link", "-tentative").Output.Contains("fe80::", StringComparison.Ordinal));

    /// <summary>The server may be away meanwhile.</summary>
    private static void WaitForAddress(Instance instance, IpAddress address) => FailoverCloud.WaitFor($"{instance.Name} to have {address}", () =>
        Tool.Run(instance.Namespace, "ip", "-6", "addr", "show", "dev", "eth0", "-tentative").Output.Contains($"{address}/", StringComparison.Ordinal));

    private static bool HasDefaultRoute(Instance instance) =>
        Tool.Run(instance.Namespace, "ip", "-6", "route", "show", "default").Output.Contains("default via fe80::", StringComparison.Ordinal);
}
