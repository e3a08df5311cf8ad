using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>Somebody on the underlay who is no node, here in the server's namespace, sends tunnel packets to c2.</summary>
public abstract class TunnelSpoofingTests(ScenarioCloud scenario)
{
    [Fact]
    public void A_packet_from_no_node_is_dropped_and_counted() =>
        ShouldDrop("UnknownTunnelPeer", scenario.Cloud.Plan.ServerAddress, VniOf("blue"), scenario.Topology["vm1"].Mac);

    [Fact]
    public void A_packet_of_no_network_is_dropped_and_counted() =>
        ShouldDrop("UnknownVni", AddressOf(0), 0xABCDE, scenario.Topology["vm1"].Mac);

    [Fact]
    public void A_packet_whose_inner_source_is_elsewhere_is_dropped_and_counted() =>
        ShouldDrop("SpoofedTunnelSource", AddressOf(0), VniOf("blue"), scenario.Topology["vm7"].Mac);

    [Theory]
    [InlineData("vxlan")]
    [InlineData("gre")]
    public void The_other_encapsulations_are_judged_the_same(string type)
    {
        const uint Vni = 0xABCD;
        using Scratch scratch = new(scenario);
        string network = scratch.Network("forged", "192.168.76.0/24", new JsonObject { ["provider:network_type"] = type, ["provider:segmentation_id"] = (int)Vni });
        Instance near = scratch.Boot("forged-a", "c1", network);
        Instance far = scratch.Boot("forged-b", "c2", network);
        scenario.Cloud.WaitActive(near, far);
        scenario.WithCaptures(context =>
        {
            ShouldDrop(context, "UnknownTunnelPeer", Packet(scenario.Cloud.Plan.ServerAddress, Vni, near.Mac), far.Name);
            ShouldDrop(context, "UnknownVni", Packet(AddressOf(0), Vni + 1, near.Mac), far.Name);
            ShouldDrop(context, "SpoofedTunnelSource", Packet(AddressOf(0), Vni, scenario.Topology["vm7"].Mac), far.Name);
            ShouldDrop(context, "Malformed", Packet(AddressOf(0), Vni, near.Mac, innerBytes: 20), far.Name);
        });

        byte[] Packet(IpAddress outerSource, uint vni, MacAddress innerSource, int? innerBytes = null)
        {
            byte[] inner = PacketBuilder.Udp(new FrameEnds(innerSource, far.Mac, near.Address, far.Address), 4000, DemoTopology.EchoPort, new byte[20]);
            FrameEnds outer = new(NicOf("server"), NicOf("c2"), outerSource, AddressOf(1));
            byte[] payload = [.. new byte[8], .. inner[..(innerBytes ?? inner.Length)]];
            if (type == "vxlan")
            {
                new VxlanHeader(vni).Write(payload);
                return PacketBuilder.Udp(outer, 50_000, VxlanHeader.UdpPort, payload);
            }

            new GreHeader(EtherType.TransparentBridging, vni).Write(payload);
            byte[] packet = PacketBuilder.Ip(outer, IpProtocol.Gre, payload.Length, ttl: 64, out int l4);
            payload.CopyTo(packet, l4);
            return packet;
        }
    }

    [Fact]
    public void A_packet_cut_short_is_dropped_and_counted() => scenario.WithCaptures(context =>
    {
        byte[] whole = Tunnelled(AddressOf(0), VniOf("blue"), scenario.Topology["vm1"].Mac, innerBytes: 20);
        ShouldDrop(context, "Malformed", whole);
    });

    private void ShouldDrop(string reason, IpAddress outerSource, uint vni, MacAddress innerSource) => scenario.WithCaptures(context =>
        ShouldDrop(context, reason, Tunnelled(outerSource, vni, innerSource)));

    private void ShouldDrop(FlowContext context, string reason, byte[] packet, string target = "vm2")
    {
        const int count = 3;
        long before = Drops(reason);
        FrameLog log = context.Watch(() =>
        {
            for (int i = 0; i < count; i++)
            {
                RawFrame.Send(scenario.Cloud.Namespace("server"), FabricScript.UnderlayNic, packet);
            }

            scenario.Cloud.WaitFor($"{count} drops as {reason}", () => Drops(reason) >= before + count, timeoutMilliseconds: 3000);
        });
        log.At("c2", FlowContext.Underlay).Any(frame => frame.Bytes.AsSpan().SequenceEqual(packet)).ShouldBeTrue("it came as far as the node");

        // The inner frame is the packet's end; other frames, such as neighbour discovery of its own, the target may well see meanwhile.
        log.At(target, "eth0").Count(frame => packet.AsSpan().EndsWith(frame.Bytes)).ShouldBe(0, "and no further");
    }

    private byte[] Tunnelled(IpAddress outerSource, uint vni, MacAddress innerSource, int? innerBytes = null)
    {
        Instance target = scenario.Topology["vm2"];
        byte[] inner = PacketBuilder.Udp(
            new FrameEnds(innerSource, target.Mac, scenario.Topology["vm1"].Address, target.Address), 4000, DemoTopology.EchoPort, "hostile"u8);
        GeneveHeader header = new(vni, 1, 2);
        byte[] payload = new byte[header.Size + (innerBytes ?? inner.Length)];
        header.Write(payload);
        inner.AsSpan(0, innerBytes ?? inner.Length).CopyTo(payload.AsSpan(header.Size));
        FrameEnds outer = new(NicOf("server"), NicOf("c2"), outerSource, AddressOf(1));
        return PacketBuilder.Udp(outer, 50_000, GeneveHeader.UdpPort, payload);
    }

    private IpAddress AddressOf(int node) => scenario.Cloud.Plan.UnderlayAddress(scenario.Cloud.Plan.Nodes[node]);

    private uint VniOf(string network) => (uint)(int)scenario.Cloud.Neutron.List("networks", $"name={network}")[0]["provider:segmentation_id"]!;

    private long Drops(string reason) => (long?)AgentSocket.Get(scenario.Cloud.StateOf("c2"), "drops")[reason] ?? 0;

    private MacAddress NicOf(string member) => MacAddress.Parse(
        IpCommand.Run("-n", scenario.Cloud.Namespace(member), "-o", "link", "show", FabricScript.UnderlayNic).Split("link/ether ")[1][..17], null);
}
