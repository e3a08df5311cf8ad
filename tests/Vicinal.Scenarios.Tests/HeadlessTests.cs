using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;
using Vicinal.Scenarios.Tests.Traffic;

namespace Vicinal.Scenarios.Tests;

/// <summary>Agents that are away, killed or exchanged for others: what is established goes on in the kernel without them, to the packet.</summary>
[Collection(EbpfCloud.Name)]
public sealed class HeadlessTests(EbpfCloud scenario)
{
    private const int RuledPort = 7920;
    private const int IperfPort = 5201;

    /// <summary>Pings, two milliseconds apart, that pass while the agents are away: ten seconds.</summary>
    private const int Away = 5000;

    private IEnumerable<string> Nodes => scenario.Cloud.Plan.Nodes.Select(node => node.Name);

    [Fact]
    public void Agents_that_were_killed_are_not_missed_by_what_is_established_and_catch_up_when_they_are_back()
    {
        using Scratch scratch = new(scenario);
        string group = scratch.Group(("tcp", IperfPort));
        string doomed = scratch.Rule(group, "udp", RuledPort);
        Instance server = scratch.Boot("ruled", "c2", scenario.NetworkId("green"), group);
        scenario.Cloud.WaitActive(server);
        string vm1 = scenario.Topology["vm1"].Namespace;
        using Streams pings = OpenStreams(scratch, BehindOneGateway(scratch));
        using DatagramStream ruled = DatagramStream.Start(vm1, server.Namespace, server.Address, RuledPort);
        ruled.WaitForArrivals();
        using Tool serving = Tool.Start(server.Namespace, "iperf3", "--server", "--one-off", "--port", $"{IperfPort}");
        using Tool transfer = StartTransfer(vm1, server.Address);

        foreach (string node in Nodes)
        {
            scenario.Cloud.Agent(node).Kill();
        }

        scenario.Cloud.Neutron.Delete("security-group-rules", doomed);
        try
        {
            pings.WaitForAnswers(Away);
            ruled.WaitForArrivals();
        }
        finally
        {
            foreach (string node in Nodes)
            {
                scenario.Cloud.StartAgent(node);
            }
        }

        WaitForAdoption();
        scenario.Cloud.WaitApplied();
        long applied = System.Diagnostics.Stopwatch.GetTimestamp();
        pings.WaitForAnswers(500);
        ruled.WaitForSent();
        Say($"the rule that went meanwhile: the last that passed was sent {ruled.LastPassed(applied):F1} ms after it was seen to be applied");
        ruled.PassedSince(applied).ShouldBe(0, "the rule that was removed meanwhile is gone");
        EchoProbe.Tcp(vm1, scenario.Topology["vm3"].Address, DemoTopology.EchoPort).ShouldBeTrue("a new connection");
        EchoProbe.Udp(vm1, scenario.Topology["vm2"].AddressV6, DemoTopology.EchoPort).ShouldBeTrue("a new flow");
        SayDrops();
        pings.ShouldHaveLostNothing();
        ShouldHaveFlowed(transfer);
    }

    [Fact]
    public void An_upgrade_in_place_loses_nothing()
    {
        using Scratch scratch = new(scenario);
        using Streams pings = OpenStreams(scratch, BehindOneGateway(scratch));
        foreach (string node in Nodes)
        {
            scenario.Cloud.Agent(node).Signal("TERM");
            scenario.Cloud.Agent(node).WaitForExit();
            pings.WaitForAnswers(100);
            scenario.Cloud.StartAgent(node);
        }

        WaitForAdoption();
        pings.WaitForAnswers(500);
        EchoProbe.Tcp(scenario.Topology["vm1"].Namespace, scenario.Topology["vm3"].Address, DemoTopology.EchoPort).ShouldBeTrue("a new connection");
        SayDrops();
        pings.ShouldHaveLostNothing();
    }

    /// <summary>What the new agents have dropped, and why, in case that something was lost.</summary>
    private void SayDrops()
    {
        foreach (string node in Nodes)
        {
            Say($"{node} dropped {AgentSocket.Get(scenario.Cloud.StateOf(node), "drops").ToJsonString()}");
        }
    }

    /// <summary>An instance whose router has one gateway node and so no lease: what is established there goes on when all agents are away.</summary>
    private Instance BehindOneGateway(Scratch scratch)
    {
        string network = scratch.Network("single", "192.168.70.0/24");
        scratch.Router(new JsonObject { ["ha"] = false }, gateway: true, network);
        Instance instance = scratch.Boot("single", "c1", network);
        scenario.Cloud.WaitActive(instance);
        return instance;
    }

    private Streams OpenStreams(Scratch scratch, Instance behindSourceNat)
    {
        string vm1 = scenario.Topology["vm1"].Namespace;
        (_, IpAddress floating) = scratch.FloatingIp(scenario.Topology["vm2"]);
        return new Streams(
            ("routed", PingStream.Start(vm1, scenario.Topology["vm3"].Address)),
            ("routed, IPv6", PingStream.Start(vm1, scenario.Topology["vm3"].AddressV6)),
            ("source NAT", PingStream.Start(behindSourceNat.Namespace, scenario.Cloud.Plan.Internet)),
            ("floating IP", PingStream.Start(scenario.Cloud.Namespace("internet"), floating)));
    }

    /// <summary>Some megabits a second for as long as the test takes, told about each half second.</summary>
    private static Tool StartTransfer(string from, IpAddress to)
    {
        while (true)
        {
            Tool transfer = Tool.Start(from, "iperf3", "--client", to.ToString(), "--port", $"{IperfPort}", "--time", "17", "--interval", "0.5", "--bitrate", "30M", "--json");
            SpinWait.SpinUntil(() => transfer.HasExited, 500);
            if (!transfer.HasExited)
            {
                return transfer;
            }

            transfer.Finish().Output.ShouldContain("refused", Case.Sensitive, "the server may need a moment");
            transfer.Dispose();
        }
    }

    private static void ShouldHaveFlowed(Tool transfer)
    {
        JsonNode report = JsonNode.Parse(transfer.Finish().Output)!;
        ((string?)report["error"]).ShouldBeNull();
        long[] bytes = [.. report["intervals"]!.AsArray().Select(interval => (long)interval!["sum"]!["bytes"]!)];
        Say($"TCP: {bytes.Sum()} bytes, {bytes.Min()} in the leanest half second, {report["end"]!["sum_sent"]!["retransmits"]} retransmissions");
        bytes.ShouldAllBe(count => count > 0, "it flows in every half second");

        // A receiver that waits for the processor makes TCP probe its tail, which counts as a repetition; the pings are the exact proof.
        ((int)report["end"]!["sum_sent"]!["retransmits"]!).ShouldBeLessThan(10);
    }

    private void WaitForAdoption() => scenario.Cloud.WaitFor("the agents to go on with what is in the kernel", () => Nodes.All(Serves));

    private bool Serves(string node)
    {
        try
        {
            return NodeDatapath.Read(node, scenario.Cloud.StateOf(node)).Adopted;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            return false;
        }
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    /// <summary>Pings along several paths at once.</summary>
    private sealed class Streams : IDisposable
    {
        private readonly (string Path, PingStream Pings)[] _streams;

        public Streams(params (string Path, PingStream Pings)[] streams)
        {
            _streams = streams;
            WaitForAnswers(50);
            Array.ForEach(streams, stream => stream.Pings.Establish());
        }

        public void WaitForAnswers(int count) => Parallel.ForEach(_streams, stream => stream.Pings.WaitForAnswers(count, stream.Path));

        public void ShouldHaveLostNothing()
        {
            foreach ((string path, PingStream pings) in _streams)
            {
                IReadOnlyList<(int Number, double Milliseconds)> lost = pings.Finish();
                Say($"{path}: {pings.Sent} pings, {lost.Count} lost {string.Join(", ", lost.Take(10).Select(l => $"{l.Number} at {l.Milliseconds:F0} ms"))}");
            }

            _streams.Sum(stream => stream.Pings.Finish().Count).ShouldBe(0, "not one is lost");
        }

        public void Dispose() => Array.ForEach(_streams, stream => stream.Pings.Dispose());
    }
}
