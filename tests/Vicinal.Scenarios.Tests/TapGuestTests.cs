using System.Text.Json.Nodes;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>An instance behind a tap with virtio headers, as virtual machines are: offloads are its host's to promise and to keep.</summary>
public abstract class TapGuestTests(ScenarioCloud scenario)
{
    private const int Bytes = 3_000_000;

    [Theory]
    [InlineData("geneve", "c2")]
    [InlineData("vxlan", "c2")]
    [InlineData("geneve", "c1")]
    public void A_transfer_to_a_virtual_machine_arrives_whole_with_right_checksums(string encapsulation, string node)
    {
        using Scratch scratch = new(scenario);
        string network = scratch.Network("machines", "192.168.61.0/24", new JsonObject { ["provider:network_type"] = encapsulation });
        scratch.Subnet(network, "2001:db8:61::/64");
        Instance caller = scratch.Boot("caller", "c1", network);
        VirtualMachine machine = scratch.BootMachine("machine", node, network);
        Instance guest = scenario.Cloud.Instances["machine"];
        scenario.Cloud.WaitActive(caller, guest);
        scratch.Echo("machine");
        foreach (IpAddress address in (IpAddress[])[guest.Address, guest.AddressV6])
        {
            PingProbe.Reaches(caller.Namespace, address).ShouldBeTrue();
            using Conversation inward = Conversation.Open(caller.Namespace, address, DemoTopology.EchoPort);
            inward.EchoesAll(Bytes).ShouldBeTrue("both ways through the tap");
        }

        Say(machine);
        machine.WrongChecksums.ShouldBe(0);
        if (node == "c1" || scenario.KeepsSuperPackets(encapsulation))
        {
            machine.SuperPackets.ShouldBeGreaterThan(0, "the guest gets super-packets");
        }
    }

    [Fact]
    public void A_virtual_machine_serves_on_a_floating_ip_and_calls_out_through_source_nat()
    {
        using Scratch scratch = new(scenario);
        VirtualMachine machine = scratch.BootMachine("machine", "c2", scenario.NetworkId("green"));
        Instance guest = scenario.Cloud.Instances["machine"];
        scenario.Cloud.WaitActive(guest);
        scratch.Echo("machine");
        using (Conversation outward = Conversation.Open(guest.Namespace, scenario.Cloud.Plan.Internet, DemoTopology.EchoPort))
        {
            outward.EchoesAll(Bytes).ShouldBeTrue("through source NAT");
        }

        (_, IpAddress address) = scratch.FloatingIp(guest);
        using Conversation inward = Conversation.Open(scenario.Cloud.Namespace("internet"), address, DemoTopology.EchoPort);
        inward.EchoesAll(Bytes).ShouldBeTrue("through the floating IP");
        EchoProbe.Udp(scenario.Cloud.Namespace("internet"), address, DemoTopology.EchoPort, bytes: 1200).ShouldBeTrue();
        Say(machine);
        machine.WrongChecksums.ShouldBe(0);
        machine.SuperPackets.ShouldBeGreaterThan(0);
    }

    private static void Say(VirtualMachine machine) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{machine.SuperPackets} super-packets to the guest, the largest frame of {machine.LargestFrame} bytes, {machine.WrongChecksums} wrong checksums");
}
