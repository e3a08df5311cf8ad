using System.Diagnostics;
using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;
using Vicinal.Scenarios.Tests.Traffic;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// Changes while traffic runs in the kernel, seen to the packet: once the change is in force on the node, which is at the latest when
/// the cloud says that its revision is applied, nothing passes that must not.
/// </summary>
[Collection(EbpfCloud.Name)]
public sealed class InvalidationTests(EbpfCloud scenario)
{
    private const int Port = 7900;
    private static readonly TimeSpan s_announced = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData("c2")]
    [InlineData("c1")]
    public void A_rule_that_goes_stops_its_packets_and_one_that_comes_lets_them_in(string node)
    {
        using Scratch scratch = new(scenario);
        string group = scratch.Group();
        string rule = scratch.Rule(group, "udp", Port);
        Instance server = scratch.Boot("ruled", node, scenario.NetworkId("green"), group);
        scenario.Cloud.WaitActive(server);
        using DatagramStream stream = DatagramStream.Start(scenario.Topology["vm1"].Namespace, server.Namespace, server.Address, Port);
        ShouldStop("rule removed", stream, () => scenario.Cloud.Neutron.Delete("security-group-rules", rule));
        ShouldStart("rule added", stream, () => scratch.Rule(group, "udp", Port));
    }

    [Fact]
    public void A_route_that_goes_stops_what_it_carried()
    {
        using Scratch scratch = new(scenario);
        Instance hop = scratch.Boot("hop", "c2", scenario.NetworkId("green"), scratch.Group(("udp", Port)));
        scenario.Cloud.WaitActive(hop);
        IpCommand.Run("-n", hop.Namespace, "addr", "add", "10.99.0.5/32", "dev", "eth0");
        void SetRoutes(params JsonNode[] routes) => scenario.Cloud.Neutron.Update("routers", scenario.Topology.Router, new JsonObject { ["routes"] = new JsonArray(routes) });
        scratch.OnDispose(() => SetRoutes());
        SetRoutes(new JsonObject { ["destination"] = "10.99.0.0/24", ["nexthop"] = hop.Address.ToString() });
        scenario.Cloud.WaitApplied();
        using DatagramStream stream = DatagramStream.Start(scenario.Topology["vm1"].Namespace, hop.Namespace, IpAddress.Parse("10.99.0.5"), Port);
        ShouldStop("route removed", stream, () => SetRoutes());
    }

    [Fact]
    public void A_floating_ip_that_is_taken_away_is_deaf_and_dumb()
    {
        using Scratch scratch = new(scenario);
        Instance vm = scratch.Boot("floated", "c2", scenario.NetworkId("blue"), scratch.Group(("udp", Port)));
        scenario.Cloud.WaitActive(vm);
        (string id, IpAddress address) = scratch.FloatingIp(vm);
        using DatagramStream inward = DatagramStream.Start(scenario.Cloud.Namespace("internet"), vm.Namespace, address, Port);
        using DatagramStream outward = DatagramStream.Start(vm.Namespace, scenario.Cloud.Namespace("internet"), scenario.Cloud.Plan.Internet, Port + 1);
        outward.WaitForArrivals();
        long applied = ShouldStop("floating IP disassociated, inward", inward,
            () => scenario.Cloud.Neutron.Update("floatingips", id, new JsonObject { ["port_id"] = null }));
        Say($"outward, the last under the floating IP was sent {outward.LastPassed(applied, address):F1} ms after the change was seen to be applied");
        outward.PassedSince(applied, address).ShouldBe(0, "nothing leaves under the floating IP any more");
    }

    [Fact]
    public void A_floating_ip_that_moves_leaves_its_old_instance()
    {
        using Scratch scratch = new(scenario);
        string group = scratch.Group(("udp", Port));
        Instance old = scratch.Boot("before", "c2", scenario.NetworkId("blue"), group);
        Instance next = scratch.Boot("after", "c1", scenario.NetworkId("blue"), group);
        scenario.Cloud.WaitActive(old, next);
        (string id, IpAddress address) = scratch.FloatingIp(old);
        using DatagramStream stream = DatagramStream.Start(scenario.Cloud.Namespace("internet"), old.Namespace, address, Port);
        ShouldStop("floating IP moved", stream, () => scenario.Cloud.Neutron.Update("floatingips", id, new JsonObject { ["port_id"] = next.PortId.ToString() }));
        using DatagramStream moved = DatagramStream.Start(scenario.Cloud.Namespace("internet"), next.Namespace, address, Port);
        moved.WaitForArrivals();
    }

    [Fact]
    public void A_port_that_moves_to_another_node_gets_nothing_at_the_old_one()
    {
        using Scratch scratch = new(scenario);
        Instance old = scratch.Boot("migrant", "c2", scenario.NetworkId("green"), scratch.Group(("udp", Port)));
        scenario.Cloud.WaitActive(old);
        using DatagramStream stream = DatagramStream.Start(scenario.Topology["vm1"].Namespace, old.Namespace, old.Address, Port);
        ShouldStop("port moved", stream, () => scenario.Cloud.Neutron.Update("ports", old.PortId.ToString(), new JsonObject { ["binding:host_id"] = "c3" }));
    }

    [Fact]
    public void A_router_interface_that_goes_stops_what_was_routed_by_it()
    {
        using Scratch scratch = new(scenario);
        string left = scratch.Network("left", "192.168.51.0/24");
        string right = scratch.Network("right", "192.168.52.0/24");
        string router = Scratch.IdOf(scratch.Create("routers", []));
        JsonObject Interface(string network) => new() { ["subnet_id"] = (string)scenario.Cloud.Neutron.List("subnets", $"network_id={network}")[0]["id"]! };
        scenario.Cloud.Neutron.Act("routers", router, "add_router_interface", Interface(left));
        scratch.OnDispose(() => scenario.Cloud.Neutron.Act("routers", router, "remove_router_interface", Interface(left)));
        scenario.Cloud.Neutron.Act("routers", router, "add_router_interface", Interface(right));
        string group = scratch.Group(("udp", Port));
        Instance from = scratch.Boot("from", "c1", left, group);
        Instance to = scratch.Boot("to", "c2", right, group);
        scenario.Cloud.WaitActive(from, to);
        using DatagramStream stream = DatagramStream.Start(from.Namespace, to.Namespace, to.Address, Port);
        ShouldStop("router interface removed", stream, () => scenario.Cloud.Neutron.Act("routers", router, "remove_router_interface", Interface(right)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_port_that_is_put_down_carries_nothing(bool receiver)
    {
        using Scratch scratch = new(scenario);
        string group = scratch.Group(("udp", Port));
        Instance from = scratch.Boot("from", "c1", scenario.NetworkId("blue"), group);
        Instance to = scratch.Boot("to", "c2", scenario.NetworkId("blue"), group);
        scenario.Cloud.WaitActive(from, to);
        using DatagramStream stream = DatagramStream.Start(from.Namespace, to.Namespace, to.Address, Port);
        string lowered = (receiver ? to : from).PortId.ToString();
        ShouldStop($"{(receiver ? "receiver" : "sender")} put down", stream,
            () => scenario.Cloud.Neutron.Update("ports", lowered, new JsonObject { ["admin_state_up"] = false }));
        ShouldStart("and up again", stream, () => scenario.Cloud.Neutron.Update("ports", lowered, new JsonObject { ["admin_state_up"] = true }));
    }

    [Fact]
    public void A_neighbour_on_the_provider_network_that_changes_its_mac_is_followed()
    {
        using Scratch scratch = new(scenario);
        string internet = scenario.Cloud.Namespace("internet");
        Instance vm = scratch.Boot("floated", "c2", scenario.NetworkId("blue"), scratch.Group(("udp", Port)));
        scenario.Cloud.WaitActive(vm);
        scratch.FloatingIp(vm);
        MacAddress before = MacOf(internet);
        MacAddress after = MacAddress.Parse("02:00:00:5e:00:01", null);
        scratch.OnDispose(() => ChangeMac(internet, before));
        using DatagramStream stream = DatagramStream.Start(vm.Namespace, internet, scenario.Cloud.Plan.Internet, Port);
        stream.WaitForArrivals();
        long announced = ChangeMac(internet, after);
        stream.WaitForSent();
        Say($"neighbour's MAC changed: the last for the old one was sent {stream.LastLost(announced):F1} ms after the announcement");
        stream.LostSince(announced + (long)(s_announced.TotalSeconds * Stopwatch.Frequency)).ShouldBe(0, "all go to the new address");
    }

    private static MacAddress MacOf(string networkNamespace) => MacAddress.Parse(
        IpCommand.Run("-n", networkNamespace, "-o", "link", "show", FabricScript.ExternalNic).Split("link/ether ")[1][..17], null);

    /// <summary>Changes the upstream router's MAC as its replacement would, with a gratuitous ARP. Returns when that was said.</summary>
    private long ChangeMac(string networkNamespace, MacAddress mac)
    {
        IpCommand.Run("-n", networkNamespace, "link", "set", FabricScript.ExternalNic, "address", mac.ToString());
        IpAddress own = scenario.Cloud.Plan.Upstream;
        byte[] announcement = PacketBuilder.Arp(MacAddress.Broadcast, mac, new ArpMessage(ArpMessage.Request, mac, own, default, own));
        long now = Stopwatch.GetTimestamp();
        RawFrame.Send(networkNamespace, FabricScript.ExternalNic, announcement);
        return now;
    }

    /// <summary>The stream runs, the change is made, and from when it is seen to be applied nothing passes. Returns that time.</summary>
    private long ShouldStop(string what, DatagramStream stream, Action change)
    {
        stream.WaitForArrivals();
        change();
        long answered = Stopwatch.GetTimestamp();
        scenario.Cloud.WaitApplied();
        long applied = Stopwatch.GetTimestamp();
        stream.WaitForSent();
        Say($"{what}: the last that passed was sent {stream.LastPassed(answered):F1} ms after the API's answer; seen to be applied after {Milliseconds(answered, applied):F1} ms");
        stream.PassedSince(applied).ShouldBe(0, what);
        return applied;
    }

    private void ShouldStart(string what, DatagramStream stream, Action change)
    {
        change();
        long answered = Stopwatch.GetTimestamp();
        scenario.Cloud.WaitApplied();
        long applied = Stopwatch.GetTimestamp();
        stream.WaitForArrivals();
        stream.WaitForSent();
        Say($"{what}: the first that passed was sent {stream.FirstPassed(answered):F1} ms after the API's answer; seen to be applied after {Milliseconds(answered, applied):F1} ms");
        stream.LostSince(applied).ShouldBe(0, what);
    }

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
