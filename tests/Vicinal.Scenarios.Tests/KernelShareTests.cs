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
    private readonly KernelShare _share = new(scenario);

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
        _share.PingsAreCarried(tested, ipv6);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_transfer_is_carried_by_kernel_entries(string path, bool ipv6)
    {
        using Scratch scratch = new(scenario);
        TestedPath tested = Open(scratch, path, ipv6);
        _share.TransferIsCarried(tested);
    }

    [Fact]
    public void Every_new_flow_comes_up_to_the_agent_once()
    {
        const int flows = 25;
        KernelCounts before = scenario.ReadKernel();
        for (int i = 0; i < flows; i++)
        {
            EchoProbe.Udp(scenario.Topology["vm1"].Namespace, scenario.Topology["vm3"].Address, DemoTopology.EchoPort).ShouldBeTrue();
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
}
