using Vicinal.Lab.Flows;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;
using Vicinal.Scenarios.Tests.Traffic;

namespace Vicinal.Scenarios.Tests;

/// <summary>What is established is carried in the kernel, in every scenario; what is new comes up to the agent.</summary>
[Collection(EbpfCloud.Name)]
public sealed class KernelShareTests(EbpfCloud scenario)
{
    private const int Established = 10;
    private const int Pings = 300;
    private const double Share = 0.99;

    public static TheoryData<string, bool> Paths
    {
        get
        {
            TheoryData<string, bool> paths = [];
            foreach (string path in (string[])["same network", "routed", "routed on one node", "source NAT", "provider port"])
            {
                paths.Add(path, false);
                paths.Add(path, true);
            }

            paths.Add("floating IP in", false);
            paths.Add("floating IP out", false);
            paths.Add("hairpin", false);
            paths.Add("hairpin with source NAT", false);
            return paths;
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Pings_after_the_first_are_carried_by_kernel_entries(string path, bool ipv6)
    {
        using Scratch scratch = new(scenario);
        TestedPath tested = Open(scratch, path, ipv6);
        using PingStream pings = PingStream.Start(scenario.Cloud.Namespace(tested.From), tested.To, spacingMilliseconds: 4);
        pings.WaitForAnswers(Established);
        byte protocol = ipv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp;
        KernelCounts meanwhile = CountUndisturbed(protocol, tested, () => pings.WaitForAnswers(Pings), out Dictionary<string, long> asked);
        pings.Finish().ShouldBeEmpty("every request is answered");

        TestContext.Current.TestOutputHelper?.WriteLine($"while it ran: {meanwhile}, share {meanwhile.Share:P2}");
        ShouldBeCarried(protocol, Pings, tested, asked);
        meanwhile.Forwarded.ShouldBeGreaterThanOrEqualTo(2 * (Pings - Established) * tested.Nodes.Count, "both directions on every node of the path");
        meanwhile.Lost.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_transfer_is_carried_by_kernel_entries(string path, bool ipv6)
    {
        const int bytes = 5_000_000;
        using Scratch scratch = new(scenario);
        TestedPath tested = Open(scratch, path, ipv6);
        using Conversation conversation = Conversation.Open(scenario.Cloud.Namespace(tested.From), tested.To, DemoTopology.EchoPort);
        conversation.EchoesAll(20_000).ShouldBeTrue();
        KernelCounts meanwhile = CountUndisturbed(
            IpProtocol.Tcp, tested, () => conversation.EchoesAll(bytes).ShouldBeTrue("what was sent comes back unchanged"), out Dictionary<string, long> asked);

        TestContext.Current.TestOutputHelper?.WriteLine($"while it ran: {meanwhile}, share {meanwhile.Share:P2}");
        ShouldBeCarried(IpProtocol.Tcp, bytes / 1500, tested, asked);
        meanwhile.Lost.ShouldBe(0);
    }

    [Fact]
    public void Every_new_flow_comes_up_to_the_agent_once()
    {
        const int flows = 25;
        KernelCounts before = scenario.ReadKernel();
        for (int i = 0; i < flows; i++)
        {
            Lab.Probes.EchoProbe.Udp(scenario.Topology["vm1"].Namespace, scenario.Topology["vm3"].Address, DemoTopology.EchoPort).ShouldBeTrue();
        }

        KernelCounts meanwhile = scenario.ReadKernel() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{flows} flows: {meanwhile}");

        // New where it begins; at the far node it comes from an agent's socket, whose outer checksum is open on a veth, which counts as unusual. The answers'
        // entries are made with the questions'.
        meanwhile.New.ShouldBeInRange(flows, 2 * flows);
    }

    private TestedPath Open(Scratch scratch, string path, bool ipv6)
    {
        IpAddress Of(string vm) => ipv6 ? scenario.Topology[vm].AddressV6 : scenario.Topology[vm].Address;
        IpAddress internet = ipv6 ? scenario.Cloud.Plan.InternetV6 : scenario.Cloud.Plan.Internet;
        switch (path)
        {
            case "same network":
                return new TestedPath("vm1", Of("vm2"), ["c1", "c2"], [Of("vm1")]);
            case "routed":
                return new TestedPath("vm1", Of("vm3"), ["c1", "c2"], [Of("vm1")]);
            case "routed on one node":
                return new TestedPath("vm1", Of("vm4"), ["c1"], [Of("vm1")]);
            case "provider port":
                return new TestedPath("internet", Of("vm5"), ["c3"], [Of("vm5")]);
            case "source NAT":
                // Which of the gateway nodes it is, is the cloud's choice.
                return new TestedPath("vm1", internet, ["c1", "g"], [internet]);
            case "floating IP in":
                (_, IpAddress inward) = scratch.FloatingIp(scenario.Topology["vm2"]);
                return new TestedPath("internet", inward, ["c2"], [inward, Of("vm2")]);
            case "floating IP out":
                (_, IpAddress own) = scratch.FloatingIp(scenario.Topology["vm2"]);
                return new TestedPath("vm2", internet, ["c2"], [own, Of("vm2")]);
            case "hairpin":
                (_, _) = scratch.FloatingIp(scenario.Topology["vm2"]);
                (_, IpAddress other) = scratch.FloatingIp(scenario.Topology["vm4"]);
                return new TestedPath("vm2", other, ["c2", "c1"], [other, Of("vm2"), Of("vm4")]);
            case "hairpin with source NAT":
                (_, IpAddress target) = scratch.FloatingIp(scenario.Topology["vm2"]);
                return new TestedPath("vm1", target, ["c1", "g", "c2"], [target, Of("vm1"), Of("vm2")]);
            default:
                throw new ArgumentException($"no path '{path}'", nameof(path));
        }
    }

    /// <summary>
    /// What the kernel counts during the traffic. A neighbour on a provider network is confirmed each half minute, and what goes to it is then decided again and
    /// counted from zero: where that came in between, the traffic is sent once more.
    /// </summary>
    private KernelCounts CountUndisturbed(byte protocol, TestedPath tested, Action send, out Dictionary<string, long> asked)
    {
        for (int attempt = 1; ; attempt++)
        {
            asked = AskedOf(protocol, tested);
            KernelCounts before = scenario.ReadKernel();
            send();
            KernelCounts meanwhile = scenario.ReadKernel() - before;
            if (meanwhile.Stale == 0 || attempt == 3)
            {
                return meanwhile;
            }
        }
    }

    /// <summary>How many packets of the path's flows the agents have had so far.</summary>
    private Dictionary<string, long> AskedOf(byte protocol, TestedPath tested) => FlowLedger.Busy(scenario.Cloud, protocol, 0, tested.Addresses)
        .ToDictionary(flow => $"{flow.Node} {flow.Key}", flow => flow.Packets - flow.KernelPackets);

    private void ShouldBeCarried(byte protocol, long packets, TestedPath tested, Dictionary<string, long> asked)
    {
        IReadOnlyList<CachedFlow> flows = FlowLedger.Busy(scenario.Cloud, protocol, packets, tested.Addresses);
        foreach (CachedFlow flow in flows)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{flow.Node}: {flow.KernelPackets} of {flow.Packets} in the kernel: {flow.Key}");
        }

        foreach (string node in tested.Nodes)
        {
            flows.Count(flow => flow.Node.StartsWith(node, StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(2, $"a flow for each direction on {node}");
        }

        flows.ShouldAllBe(flow => flow.InKernel && flow.KernelPackets >= Share * (flow.Packets - Established));
        flows.ShouldAllBe(flow => flow.Packets - flow.KernelPackets == asked[$"{flow.Node} {flow.Key}"], "an established flow asks the agent nothing");
    }

    /// <param name="Nodes">That the packets pass, by the beginning of their names.</param>
    /// <param name="Addresses">Of which the keys of its flows name at least one on every node.</param>
    private sealed record TestedPath(string From, IpAddress To, IReadOnlyList<string> Nodes, params IpAddress[] Addresses);
}
