using System.Text.Json.Nodes;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>A VLAN provider network on the NICs that also carry the flat one. Not every kernel has VLAN devices, so the outside is played by frames.</summary>
public abstract class VlanNetworkTests(ScenarioCloud scenario)
{
    private const ushort Vlan = 142;

    [Fact]
    public void A_vlan_network_is_tagged_on_the_wire_and_plain_at_the_taps()
    {
        using Scratch scratch = new(scenario);
        Instance a = Create(scratch, out Instance b);
        scenario.WithCaptures(context =>
        {
            FrameLog log = context.Watch(() =>
            {
                PingProbe.Reaches(a.Namespace, b.Address).ShouldBeTrue();
                EchoProbe.Tcp(a.Namespace, b.Address, DemoTopology.EchoPort, bytes: 100_000).ShouldBeTrue("super-packets are tagged too");
            });
            string[] wire = [.. Seen(a, b.Address).Where(line => line.Contains($" {a.Address}", StringComparison.Ordinal))];
            wire.Length.ShouldBeGreaterThan(2);
            wire.ShouldAllBe(line => line.Contains($"vlan {Vlan},", StringComparison.Ordinal));
            log.PlainHeadersInto(b.Name, "eth0").ShouldAllBe(h => !h.HasVlan);
            log.PlainHeadersInto("vm5", "eth0").Count(h => h.Source == a.Address || h.Destination == a.Address).ShouldBe(0, "the flat network is another");
            log.Carrying("c1", FlowContext.Underlay, a.Address).ShouldBe(0, "no tunnel");
        });
    }

    [Fact]
    public void A_host_outside_is_heard_under_its_tag_alone()
    {
        using Scratch scratch = new(scenario);
        Instance a = Create(scratch, out _);
        scenario.WithCaptures(context =>
        {
            byte[] question = PacketBuilder.ArpRequest(context.UpstreamMac, IpAddress.Parse("192.168.142.250"), a.Address);
            foreach ((byte[] frame, bool answered) in ((byte[], bool)[])
                [(PacketBuilder.Tagged(question, new VlanTag(0, false, Vlan)), true), (question, false), (PacketBuilder.Tagged(question, new VlanTag(0, false, Vlan + 1)), false)])
            {
                FrameLog log = context.Watch(() => RawFrame.Send(scenario.Cloud.Namespace("internet"), FlowContext.External, frame));
                bool heard = log.At("c1", FlowContext.External).Any(f => f.Outgoing && f.Headers is { IsArp: true, ArpOperation: ArpMessage.Reply } h && h.Source == a.Address);
                heard.ShouldBe(answered);
            }
        });
    }

    /// <summary>Lines of tcpdump on c1's NIC while a pings: it shows tags also where the kernel carries them beside the frame.</summary>
    private string[] Seen(Instance a, IpAddress to)
    {
        using Tool dump = Tool.Start(scenario.Cloud.Namespace("c1"), "tcpdump", "-i", FlowContext.External, "-n", "-e", "-l", "--immediate-mode");
        scenario.Cloud.WaitFor("tcpdump to see a ping", () =>
        {
            PingProbe.Reaches(a.Namespace, to);
            return dump.Shown.Contains("echo reply", StringComparison.Ordinal);
        }, timeoutMilliseconds: 5000);
        PingProbe.Reaches(a.Namespace, to, new PingOptions { Count = 5 });
        scenario.Cloud.WaitFor("tcpdump to see more", () => dump.Shown.Split("echo reply").Length > 4, timeoutMilliseconds: 5000);
        return dump.Shown.Split('\n');
    }

    private Instance Create(Scratch scratch, out Instance peer)
    {
        string network = scratch.Network("tagged", "192.168.142.0/24", new JsonObject
        {
            ["provider:network_type"] = "vlan",
            ["provider:physical_network"] = scenario.Cloud.Plan.PhysicalNetwork,
            ["provider:segmentation_id"] = (int)Vlan,
        });
        Instance a = scratch.Boot("tag-a", "c1", network);
        peer = scratch.Boot("tag-b", "c3", network);
        scratch.Echo("tag-b");
        scenario.Cloud.WaitActive(a, peer);
        return a;
    }
}
