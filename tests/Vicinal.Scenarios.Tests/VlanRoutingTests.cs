using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// A distributed router between VLAN tenant networks and a tunnelled one. The wire between the nodes is a switch that learns which of its ports
/// each MAC is behind, and the router is on every node.
/// </summary>
public abstract class VlanRoutingTests(ScenarioCloud scenario)
{
    private static readonly string[] s_nodes = ["c1", "c2", "c3", "g1", "g2"];

    [Fact]
    public void Each_node_routes_by_itself_between_vlans_and_tunnels()
    {
        using Scratch scratch = new(scenario);
        RoutedVlans made = Create(scratch);
        scenario.WithCaptures(context =>
        {
            foreach ((string network, Instance from) in made.On("c1"))
            {
                foreach ((string other, Instance to) in made.On("c2"))
                {
                    FrameLog log = context.Watch(() =>
                    {
                        PingProbe.Reaches(from.Namespace, to.Address).ShouldBeTrue($"{network} to {other}");
                        EchoProbe.Tcp(from.Namespace, to.Address, DemoTopology.EchoPort, bytes: 100_000).ShouldBeTrue($"{network} to {other}");
                    });
                    string nic = other == RoutedVlans.Tunnelled ? FlowContext.Underlay : FlowContext.External;
                    log.SentFrames("c1", nic, to.Address).Any(frame => (frame.Inner?.Headers ?? frame.Headers)!.Value.Destination == to.Address)
                        .ShouldBeTrue($"{network} to {other} is routed on c1, and travels on {other}");
                    s_nodes[2..].Sum(node => log.Sent(node, FlowContext.Underlay, to.Address) + log.Sent(node, FlowContext.External, to.Address))
                        .ShouldBe(0, $"{network} to {other} touches no third node");
                    if (network != other)
                    {
                        MacAddress own = NicOf("c1");
                        OnWire(log, "c1").Where(h => h.Destination == to.Address && h.IsIp).ShouldAllBe(h => h.SourceMac == own);
                    }
                }
            }
        });
    }

    [Fact]
    public void The_switch_sees_no_mac_on_two_of_its_ports()
    {
        using Scratch scratch = new(scenario);
        RoutedVlans made = Create(scratch);
        scenario.WithCaptures(context =>
        {
            FrameLog log = context.Watch(() =>
            {
                foreach ((Instance a, Instance b) in made.Pairs())
                {
                    PingProbe.Reaches(a.Namespace, b.Address).ShouldBeTrue($"{a.Name} to {b.Name}");
                    PingProbe.Reaches(b.Namespace, a.Address).ShouldBeTrue($"{b.Name} to {a.Name}");
                }
            });

            // What each node put on the wire, tagged or not, ARP and neighbour discovery too.
            Dictionary<MacAddress, string[]> shownBy = s_nodes
                .SelectMany(node => log.At(node, FlowContext.External).Where(frame => frame.Outgoing).Select(frame => (Node: node, Mac: MacAddress.Read(frame.Bytes.AsSpan(6)))))
                .GroupBy(shown => shown.Mac, shown => shown.Node)
                .ToDictionary(group => group.Key, group => group.Distinct().ToArray());
            shownBy.Values.ShouldAllBe(nodes => nodes.Length == 1);
            shownBy[NicOf("c1")].ShouldBe(["c1"], "routed frames bear the MAC of their node's NIC");
            shownBy[NicOf("c2")].ShouldBe(["c2"]);
        });
    }

    private RoutedVlans Create(Scratch scratch)
    {
        (string Name, JsonObject? Segment)[] networks =
        [
            ("tenant VLAN 151", Tagged(151)), ("tenant VLAN 152", Tagged(152)), (RoutedVlans.Tunnelled, null),
        ];
        List<(string Network, string Node, Instance Instance)> instances = [];
        string[] ids = [.. networks.Select((network, i) => scratch.Network(network.Name, $"192.168.{150 + i}.0/24", network.Segment))];
        scratch.Router(gateway: false, ids);
        for (int i = 0; i < ids.Length; i++)
        {
            foreach (string node in (string[])["c1", "c2"])
            {
                string name = $"vr{i}-{node}";
                instances.Add((networks[i].Name, node, scratch.Boot(name, node, ids[i])));
                scratch.Echo(name);
            }
        }

        scenario.Cloud.WaitActive(instances.Select(known => known.Instance));
        return new RoutedVlans(instances);
    }

    private static JsonObject Tagged(int vlan) => new()
    {
        ["provider:network_type"] = "vlan",
        ["provider:physical_network"] = "physnet1",
        ["provider:segmentation_id"] = vlan,
    };

    private static IEnumerable<PacketHeaders> OnWire(FrameLog log, string node) =>
        log.At(node, FlowContext.External).Where(frame => frame.Outgoing).Select(frame => frame.Headers).OfType<PacketHeaders>();

    private MacAddress NicOf(string node) => MacAddress.Parse(
        IpCommand.Run("-n", scenario.Cloud.Namespace(node), "-o", "link", "show", FlowContext.External).Split("link/ether ")[1][..17], null);

    private sealed record RoutedVlans(IReadOnlyList<(string Network, string Node, Instance Instance)> Instances)
    {
        public const string Tunnelled = "tunnelled";

        public IEnumerable<(string Network, Instance Instance)> On(string node) =>
            Instances.Where(known => known.Node == node).Select(known => (known.Network, known.Instance));

        public IEnumerable<(Instance A, Instance B)> Pairs() =>
            from a in Instances
            from b in Instances
            where a.Instance.PortId.CompareTo(b.Instance.PortId) < 0
            select (a.Instance, b.Instance);
    }
}
