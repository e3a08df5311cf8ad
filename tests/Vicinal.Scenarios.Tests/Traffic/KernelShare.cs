using Vicinal.Lab.Flows;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Traffic;

/// <summary>Sends along a path, and demands that programs in the kernel carry all but the first of it, on every node.</summary>
public sealed class KernelShare(ScenarioCloud scenario)
{
    private const int Established = 10;
    private const int Pings = 300;
    private const int TransferredBytes = 5_000_000;
    private const double Share = 0.99;

    public void PingsAreCarried(TestedPath tested, bool ipv6)
    {
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

    public void TransferIsCarried(TestedPath tested)
    {
        using Conversation conversation = Conversation.Open(scenario.Cloud.Namespace(tested.From), tested.To, DemoTopology.EchoPort);
        conversation.EchoesAll(20_000).ShouldBeTrue();
        KernelCounts meanwhile = CountUndisturbed(
            IpProtocol.Tcp, tested, () => conversation.EchoesAll(TransferredBytes).ShouldBeTrue("what was sent comes back unchanged"), out Dictionary<string, long> asked);

        TestContext.Current.TestOutputHelper?.WriteLine($"while it ran: {meanwhile}, share {meanwhile.Share:P2}");
        ShouldBeCarried(IpProtocol.Tcp, TransferredBytes / 1500, tested, asked);
        meanwhile.Lost.ShouldBe(0);
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
}
