using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>The node's own stack: deaf to what its guests send, and undisturbed on the NIC that it shares with the cloud.</summary>
public abstract class HostIsolationTests(ScenarioCloud scenario)
{
    private static readonly PingOptions s_impatient = new() { TimeoutMilliseconds = 300 };

    private LabNode C1 => scenario.Cloud.Plan.Nodes[0];

    private string HostOfC1 => scenario.Cloud.Namespace("c1");

    [Fact]
    public void A_guest_reaches_no_address_of_its_node_through_its_tap() => scenario.WithCaptures(context =>
    {
        Instance guest = context.Vm("vm1");
        MacAddress tap = MacOf(HostOfC1, guest.Device);
        foreach (IpAddress own in (IpAddress[])[scenario.Cloud.Plan.UnderlayAddress(C1), scenario.Cloud.Plan.HostAddress(C1)])
        {
            FrameLog log = context.Watch(() => RawFrame.Send(guest.Namespace, "eth0", PacketBuilder.ArpRequest(guest.Mac, guest.Address, own)));
            log.PlainHeadersInto("vm1", "eth0").Count(h => h.IsArp && h.Source == own).ShouldBe(0, $"the node answers no ARP for {own}");

            // As if it had been told the tap's own MAC: the node would take the packets for its own.
            IpCommand.Run("-n", guest.Namespace, "route", "add", own.ToString(), "dev", "eth0");
            IpCommand.Run("-n", guest.Namespace, "neigh", "replace", own.ToString(), "lladdr", tap.ToString(), "dev", "eth0");
            try
            {
                PingProbe.Reaches(guest.Namespace, own, s_impatient).ShouldBeFalse($"{own} by the tap's MAC");
                EchoProbe.Udp(guest.Namespace, own, GeneveHeader.UdpPort, timeoutMilliseconds: 200).ShouldBeFalse();
            }
            finally
            {
                IpCommand.Run("-n", guest.Namespace, "route", "del", own.ToString(), "dev", "eth0");
            }
        }

        IpAddress linkLocal = IpAddress.LinkLocalFor(tap);
        IpCommand.Run("-n", guest.Namespace, "neigh", "replace", linkLocal.ToString(), "lladdr", tap.ToString(), "dev", "eth0");
        Tool.Run(guest.Namespace, "ping", "-c", "1", "-W", "1", $"{linkLocal}%eth0").ExitCode.ShouldNotBe(0, "nor by IPv6");
        IpCommand.Run("-n", HostOfC1, "addr", "show", "dev", guest.Device).ShouldNotContain("inet", Case.Sensitive, "a tap has no address");
    });

    [Fact]
    public void The_nodes_own_traffic_is_the_same_with_an_agent_and_without()
    {
        IpAddress host = scenario.Cloud.Plan.HostAddress(C1);
        ShouldPingBothWays(host);
        scenario.Cloud.Agent("c1").Signal("TERM");
        scenario.Cloud.Agent("c1").WaitForExit();
        try
        {
            ShouldPingBothWays(host);
        }
        finally
        {
            scenario.Cloud.StartAgent("c1");
            scenario.Cloud.WaitFor("vm1 to be reached again", () =>
                PingProbe.Reaches(scenario.Topology["vm2"].Namespace, scenario.Topology["vm1"].Address, s_impatient));
        }

        ShouldPingBothWays(host);
    }

    [Fact]
    public void The_node_and_a_floating_ip_on_it_reach_each_other()
    {
        using Scratch scratch = new(scenario);
        Instance local = scenario.Topology["vm1"];
        (_, IpAddress address) = scratch.FloatingIp(local);
        IpAddress host = scenario.Cloud.Plan.HostAddress(C1);
        scratch.Echo("c1", DemoTopology.EchoPort);
        PingProbe.Reaches(HostOfC1, address).ShouldBeTrue("host to local floating IP");
        EchoProbe.Tcp(HostOfC1, address, DemoTopology.EchoPort).ShouldBeTrue();
        EchoProbe.Tcp(HostOfC1, address, DemoTopology.ClosedPort, timeoutMilliseconds: 300).ShouldBeFalse("through the instance's filters");
        PingProbe.Reaches(local.Namespace, host).ShouldBeTrue("local floating IP to host");
        EchoProbe.Tcp(local.Namespace, host, DemoTopology.EchoPort).ShouldBeTrue();
    }

    [Fact]
    public void The_node_and_a_floating_ip_elsewhere_reach_each_other()
    {
        using Scratch scratch = new(scenario);
        Instance remote = scenario.Topology["vm2"];
        (_, IpAddress address) = scratch.FloatingIp(remote);
        PingProbe.Reaches(HostOfC1, address).ShouldBeTrue();
        PingProbe.Reaches(remote.Namespace, scenario.Cloud.Plan.HostAddress(C1)).ShouldBeTrue();
    }

    [Fact]
    public void The_node_and_an_instance_on_the_provider_network_reach_each_other()
    {
        LabNode c3 = scenario.Cloud.Plan.Nodes[2];
        Instance vm5 = scenario.Topology["vm5"];
        foreach (LabNode node in (LabNode[])[C1, c3])
        {
            PingProbe.Reaches(scenario.Cloud.Namespace(node.Name), vm5.Address).ShouldBeTrue($"{node.Name} to vm5 on c3");
            PingProbe.Reaches(vm5.Namespace, scenario.Cloud.Plan.HostAddress(node)).ShouldBeTrue($"vm5 on c3 to {node.Name}");
        }
    }

    private static MacAddress MacOf(string networkNamespace, string device) =>
        MacAddress.Parse(IpCommand.Run("-n", networkNamespace, "-o", "link", "show", device).Split("link/ether ")[1][..17], null);

    private void ShouldPingBothWays(IpAddress host)
    {
        PingProbe.Reaches(HostOfC1, scenario.Cloud.Plan.Upstream).ShouldBeTrue("the node reaches the segment");
        PingProbe.Reaches(scenario.Cloud.Namespace("internet"), host).ShouldBeTrue("the segment reaches the node");
    }
}
