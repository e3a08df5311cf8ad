using System.Text.Json.Nodes;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>What an operator says of networks is what their packets do.</summary>
public abstract class NetworkSettingsTests(NetworkSettingsCloud scenario)
{
    private const int UnderlayMtu = 1500;

    [Theory]
    [InlineData("geneve", 1422)]
    [InlineData("vxlan", 1430)]
    [InlineData("gre", 1438)]
    public void Over_ipv6_a_packet_of_the_mtu_fills_the_underlay(string type, int mtu)
    {
        using Scratch scratch = new(scenario);
        string network = scratch.Network("over-ipv6", "192.168.90.0/24", new JsonObject { ["provider:network_type"] = type });
        JsonObject shown = scenario.Cloud.Neutron.Get("networks", network);
        ((int)shown["mtu"]!).ShouldBe(mtu);
        Instance a = scratch.Boot("six-a", "c1", network);
        Instance b = scratch.Boot("six-b", "c2", network);
        scratch.Echo("six-b");
        scenario.Cloud.WaitActive(a, b);
        scenario.WithCaptures(context =>
        {
            FrameLog log = context.Watch(() =>
            {
                PingProbe.Reaches(a.Namespace, b.Address, Sized(mtu)).ShouldBeTrue($"{mtu} bytes with DF");
                EchoProbe.Tcp(a.Namespace, b.Address, DemoTopology.EchoPort, bytes: 300_000).ShouldBeTrue("300 kB by TCP, and back");
            });
            CapturedFrame[] sent = [.. log.SentFrames("c1", FlowContext.Underlay, a.Address)];
            sent.ShouldAllBe(frame => frame.Headers!.Value.IsIpv6 && frame.Inner!.NetworkType == type && frame.Inner.Vni == (uint)(int)shown["provider:segmentation_id"]!);
            sent.Where(frame => frame.Inner!.Headers is { IsIcmp: true }).Max(frame => frame.Headers!.Value.L3Length).ShouldBe(UnderlayMtu);
        });
    }

    [Theory]
    [InlineData("vlan")]
    [InlineData("flat")]
    public void A_physical_networks_own_mtu_is_announced_and_enforced(string type)
    {
        using Scratch scratch = new(scenario);
        string near = scratch.Network("near", "192.168.91.0/24");
        string far = type == "flat"
            ? scenario.Topology.PublicNetwork
            : scratch.Network("far", "192.168.92.0/24", new JsonObject { ["provider:network_type"] = type, ["provider:physical_network"] = "physnet1" });
        ((int)scenario.Cloud.Neutron.Get("networks", far)["mtu"]!).ShouldBe(NetworkSettingsCloud.PhysicalMtu);
        scratch.Router(gateway: type == "flat", type == "flat" ? [near] : [near, far]);
        Instance a = scratch.Boot("small-a", "c1", near);
        IpAddress to = scenario.Cloud.Plan.Internet;
        if (type == "vlan")
        {
            Instance b = scratch.Boot("small-b", "c2", far);
            scenario.Cloud.WaitActive(b);
            to = b.Address;
        }

        scenario.Cloud.WaitActive(a);
        PingProbe.Reaches(a.Namespace, to, Sized(NetworkSettingsCloud.PhysicalMtu)).ShouldBeTrue("as long as it may be");
        PingReply reply = PingProbe.Run(a.Namespace, to, Sized(NetworkSettingsCloud.PhysicalMtu + 1))[0].ShouldNotBeNull();
        (reply.Type, reply.Code, reply.From).ShouldBe((3, 4, IpAddress.Parse("192.168.91.1")), "from the hop that knows");
    }

    [Theory]
    [InlineData("gre", 2_000_000_000, 3)]
    [InlineData("vxlan", 500, 2)]
    [InlineData("vlan", 200, 2)]
    public void A_range_is_drawn_from_until_it_is_exhausted(string type, int first, int count)
    {
        using Scratch scratch = new(scenario);
        List<int> drawn = [];
        for (int i = 0; i < count; i++)
        {
            JsonObject network = scratch.Create("networks", new JsonObject { ["provider:network_type"] = type });
            drawn.Add((int)network["provider:segmentation_id"]!);
        }

        drawn.ShouldBe(Enumerable.Range(first, count), ignoreOrder: true);
        NeutronRefusal refusal = Should.Throw<NeutronRefusal>(() => scratch.Create("networks", new JsonObject { ["provider:network_type"] = type }));
        refusal.Status.ShouldBe(503);
        refusal.Message.ShouldContain("No tenant network is available for allocation");
    }

    private static PingOptions Sized(int bytes) => new() { PayloadBytes = bytes - 28, DontFragment = true, TimeoutMilliseconds = 2000 };
}

[Collection(UserspaceNetworkSettingsCloud.Name)]
public sealed class UserspaceNetworkSettingsTests(UserspaceNetworkSettingsCloud cloud) : NetworkSettingsTests(cloud);

[Collection(EbpfNetworkSettingsCloud.Name)]
public sealed class EbpfNetworkSettingsTests(EbpfNetworkSettingsCloud cloud) : NetworkSettingsTests(cloud);
