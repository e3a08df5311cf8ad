using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>Who looks for a packet runs tcpdump on the host side of a tap: it is to see all of a conversation there.</summary>
public abstract class HostSideTests(ScenarioCloud scenario)
{
    private const int Established = 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tcpdump_on_a_tap_sees_both_directions_of_an_established_flow(bool ipv6)
    {
        Instance near = scenario.Topology["vm1"];
        Instance far = scenario.Topology["vm3"];
        (IpAddress from, IpAddress to) = ipv6 ? (near.AddressV6, far.AddressV6) : (near.Address, far.Address);
        using PingStream pings = PingStream.Start(near.Namespace, to, spacingMilliseconds: 10);
        pings.WaitForAnswers(Established);
        foreach (Instance seen in (Instance[])[near, far])
        {
            ToolResult result = Tool.Run(scenario.Cloud.Namespace(seen.Node), "tcpdump",
                "-i", seen.Device, "-n", "-l", "--immediate-mode", "-c", "40", ipv6 ? "icmp6" : "icmp");
            result.ExitCode.ShouldBe(0, result.ToString());
            string[] lines = result.Output.Split('\n');
            lines.Count(line => line.Contains($"{from} > {to}: ") && line.Contains("echo request")).ShouldBeGreaterThan(10, $"at {seen.Name}'s tap\n{result.Output}");
            lines.Count(line => line.Contains($"{to} > {from}: ") && line.Contains("echo reply")).ShouldBeGreaterThan(10, $"at {seen.Name}'s tap\n{result.Output}");
        }

        pings.Finish().ShouldBeEmpty();
    }
}
