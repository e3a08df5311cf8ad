using System.Globalization;
using System.Text.Json.Nodes;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>Tenant networks of every tunnel type, on c1 and c2, as captures on the underlay show them.</summary>
public abstract class EncapsulationTests(ScenarioCloud scenario)
{
    private const int UnderlayMtu = 1500;
    private const int Ipv4AndIcmpHeaders = 28;

    public static TheoryData<string, int> Types => new() { { "geneve", 1442 }, { "vxlan", 1450 }, { "gre", 1458 } };

    [Theory]
    [MemberData(nameof(Types))]
    public void A_network_travels_in_its_type_under_its_segmentation_id(string type, int mtu)
    {
        using Scratch scratch = new(scenario);
        string network = Network(scratch, type, "192.168.77.0/24");
        JsonObject shown = scenario.Cloud.Neutron.Get("networks", network);
        ((string)shown["provider:network_type"]!, (int)shown["mtu"]!).ShouldBe((type, mtu));
        (Instance a, Instance b) = Boot(scratch, network);
        scenario.WithCaptures(context =>
        {
            FrameLog log = context.Watch(() =>
            {
                PingProbe.Reaches(a.Namespace, b.Address).ShouldBeTrue();
                EchoProbe.Tcp(a.Namespace, b.Address, DemoTopology.EchoPort, bytes: 500_000).ShouldBeTrue("half a megabyte by TCP, and back");
                EchoProbe.Udp(a.Namespace, b.Address, DemoTopology.EchoPort, bytes: 4000).ShouldBeTrue("a datagram in fragments");
            });
            TunnelledFrame[] between = Between(log, a, b);
            between.Length.ShouldBeGreaterThan(10);
            between.ShouldAllBe(inner => inner.NetworkType == type && inner.Vni == (uint)(int)shown["provider:segmentation_id"]!);
            log.Carrying("c3", FlowContext.Underlay, a.Address, b.Address).ShouldBe(0, "nodes without a port on it hear nothing");
        });
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_packet_of_the_mtu_fills_the_underlay_and_one_byte_more_is_refused(string type, int mtu)
    {
        using Scratch scratch = new(scenario);
        string near = Network(scratch, type, "192.168.77.0/24");
        string far = Network(scratch, type, "192.168.78.0/24");
        scratch.Router(gateway: false, near, far);
        Instance a = scratch.Boot("enc-a", "c1", near);
        Instance b = scratch.Boot("enc-b", "c2", far);
        scenario.Cloud.WaitActive(a, b);
        scenario.WithCaptures(context =>
        {
            FrameLog log = context.Watch(() => PingProbe.Reaches(a.Namespace, b.Address, Sized(mtu)).ShouldBeTrue($"{mtu} bytes with DF"));
            log.SentFrames("c1", FlowContext.Underlay, a.Address).Max(frame => frame.Headers!.Value.L3Length).ShouldBe(UnderlayMtu);
        });

        // The instance's own stack would refuse what is longer, so its interface is told a larger MTU than the network has.
        IpCommand.Run("-n", a.Namespace, "link", "set", "eth0", "mtu", $"{mtu + 100}");
        IpCommand.Run("-n", scenario.Cloud.Namespace("c1"), "link", "set", a.Device, "mtu", $"{mtu + 100}");
        PingReply reply = PingProbe.Run(a.Namespace, b.Address, Sized(mtu + 1))[0].ShouldNotBeNull();
        (reply.Type, reply.Code, reply.From).ShouldBe((3, 4, IpAddress.Parse("192.168.77.1")));
    }

    [Fact]
    public void Tcpdump_reads_the_key_of_a_gre_network()
    {
        using Scratch scratch = new(scenario);
        string network = Network(scratch, "gre", "192.168.77.0/24", new JsonObject { ["provider:segmentation_id"] = 0x1234_5678 });
        (Instance a, Instance b) = Boot(scratch, network);
        using Tool dump = Tool.Start(scenario.Cloud.Namespace("c2"), "tcpdump", "-i", FlowContext.Underlay, "-n", "-l", "-v", "--immediate-mode", "ip", "proto", "47");
        scenario.Cloud.WaitFor("tcpdump to see a ping", () =>
        {
            PingProbe.Reaches(a.Namespace, b.Address).ShouldBeTrue();
            return dump.Shown.Contains("ICMP echo reply", StringComparison.Ordinal);
        }, timeoutMilliseconds: 5000);
        dump.Shown.ShouldContain("GREv0");
        dump.Shown.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"key=0x{0x1234_5678:x}"));
        dump.Shown.ShouldContain("flags [DF], proto GRE (47)");
    }

    [Fact]
    public void One_key_is_another_network_in_each_type()
    {
        using Scratch scratch = new(scenario);
        (string Type, Instance A, Instance B)[] pairs =
        [
            .. ((string[])["geneve", "vxlan", "gre"]).Select(type =>
            {
                string network = Network(scratch, type, "192.168.77.0/24", new JsonObject { ["provider:segmentation_id"] = 0xBEEF });
                Instance a = scratch.Boot($"enc-a-{type}", "c1", network);
                return (type, a, scratch.Boot($"enc-b-{type}", "c2", network));
            }),
        ];
        scenario.Cloud.WaitActive(pairs.SelectMany(pair => (Instance[])[pair.A, pair.B]));
        scenario.WithCaptures(context =>
        {
            foreach ((string type, Instance a, Instance b) in pairs)
            {
                FrameLog log = context.Watch(() => PingProbe.Reaches(a.Namespace, b.Address).ShouldBeTrue(type));
                foreach ((string other, _, Instance bystander) in pairs.Where(pair => pair.Type != type))
                {
                    log.PlainHeadersInto(bystander.Name, "eth0").Count(h => h.Source == a.Address && h.IsIp).ShouldBe(0, $"{type} is heard on {other}");
                }
            }
        });
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Known_macs_are_not_flooded_and_unknown_ones_do_not_leave(string type, int mtu)
    {
        using Scratch scratch = new(scenario);
        string network = Network(scratch, type, "192.168.77.0/24");
        (Instance a, Instance b) = Boot(scratch, network);
        Instance third = scratch.Boot("enc-c", "c3", network);
        scenario.Cloud.WaitActive(third);
        MacAddress nobody = MacAddress.Parse("fa:16:3e:99:99:99");
        scenario.WithCaptures(context =>
        {
            FrameLog log = context.Watch(() =>
            {
                // The very first packets: nobody has learnt anything yet, and nobody needs to.
                PingProbe.Reaches(a.Namespace, b.Address).ShouldBeTrue();
                RawFrame.Send(a.Namespace, "eth0", PacketBuilder.Udp(new FrameEnds(a.Mac, nobody, a.Address, IpAddress.Parse("192.168.77.250")), 1, 2, new byte[mtu / 2]));
                PingProbe.Reaches(a.Namespace, IpAddress.Parse("192.168.77.251"), new PingOptions { TimeoutMilliseconds = 300 }).ShouldBeFalse();
            });
            log.Carrying("c3", FlowContext.Underlay, a.Address).ShouldBe(0, "what is for b is sent to c2 alone");
            log.PlainHeadersInto(third.Name, "eth0").Count(h => h.Source == a.Address).ShouldBe(0);
            InnerSentBy("c1", log).Count(inner => MacAddress.Read(inner.Bytes) == nobody).ShouldBe(0, "an unknown MAC stays on its node");
            InnerSentBy("c1", log).Count(inner => inner.Headers is { IsArp: true }).ShouldBe(0, "nor is anybody asked");
        });
    }

    [Fact]
    public void One_distributed_router_joins_all_types()
    {
        using Scratch scratch = new(scenario);
        string[] types = ["geneve", "vxlan", "gre", "vlan"];
        string[] networks = [.. types.Select((type, i) => Network(scratch, type, $"192.168.{80 + i}.0/24", type == "vlan" ? Tagged(180) : null))];
        scratch.Router(gateway: false, networks);
        Instance[] near = [.. networks.Select((network, i) => scratch.Boot($"enc-n{i}", "c1", network))];
        Instance[] far = [.. networks.Select((network, i) => scratch.Boot($"enc-f{i}", "c2", network))];
        foreach (Instance instance in far)
        {
            scratch.Echo(instance.Name);
        }

        scenario.Cloud.WaitActive([.. near, .. far]);
        scenario.WithCaptures(context =>
        {
            foreach (Instance from in near)
            {
                for (int i = 0; i < types.Length; i++)
                {
                    Instance to = far[i];
                    FrameLog log = context.Watch(() => EchoProbe.Tcp(from.Namespace, to.Address, DemoTopology.EchoPort, bytes: 20_000)
                        .ShouldBeTrue($"{from.Name} to {to.Name}"));
                    InnerSentBy("c1", log).Where(inner => inner.Headers is { IsIp: true } h && h.Destination == to.Address)
                        .ShouldAllBe(inner => inner.NetworkType == types[i], $"the way to {to.Name}");
                    log.Sent("c1", types[i] == "vlan" ? FlowContext.External : FlowContext.Underlay, to.Address).ShouldBeGreaterThan(0);
                    ((string[])["c3", "g1", "g2"]).Sum(node => log.Sent(node, FlowContext.Underlay, to.Address)).ShouldBe(0, "no third node");
                }
            }
        });
    }

    private static JsonObject Tagged(int vlan) => new() { ["provider:physical_network"] = "physnet1", ["provider:segmentation_id"] = vlan };

    private static PingOptions Sized(int bytes) => new() { PayloadBytes = bytes - Ipv4AndIcmpHeaders, DontFragment = true, TimeoutMilliseconds = 2000 };

    private static IEnumerable<TunnelledFrame> InnerSentBy(string node, FrameLog log) =>
        log.At(node, FlowContext.Underlay).Where(frame => frame.Outgoing).Select(frame => frame.Inner).OfType<TunnelledFrame>();

    private static TunnelledFrame[] Between(FrameLog log, Instance a, Instance b) =>
    [
        .. log.At("c1", FlowContext.Underlay).Select(frame => frame.Inner).OfType<TunnelledFrame>()
            .Where(inner => inner.Headers is { IsIp: true } h && (h.Source, h.Destination) is var ends && (ends == (a.Address, b.Address) || ends == (b.Address, a.Address))),
    ];

    private static string Network(Scratch scratch, string type, string cidr, JsonObject? more = null)
    {
        JsonObject body = more ?? [];
        body["provider:network_type"] = type;
        return scratch.Network($"encapsulated-{type}", cidr, body);
    }

    private (Instance A, Instance B) Boot(Scratch scratch, string network)
    {
        Instance a = scratch.Boot("enc-a", "c1", network);
        Instance b = scratch.Boot("enc-b", "c2", network);
        scratch.Echo("enc-b");
        scenario.Cloud.WaitActive(a, b);
        return (a, b);
    }
}
