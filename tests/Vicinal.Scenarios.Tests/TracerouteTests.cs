using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>The programs that people use to look at a network, unchanged.</summary>
public abstract class TracerouteTests(ScenarioCloud scenario)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Traceroute_shows_the_router_and_then_the_instance(bool ipv6) => scenario.WithCaptures(context =>
    {
        IpAddress target = ipv6 ? context.Vm("vm3").AddressV6 : context.Vm("vm3").Address;
        HopsTo(target).ShouldBe([context.RouterAddress("blue", ipv6).ToString(), target.ToString()]);
    });

    [Fact]
    public void Traceroute_to_the_internet_counts_the_distributed_router_once() => scenario.WithCaptures(context =>
        HopsTo(context.Internet).ShouldBe([context.RouterAddress("blue", ipv6: false).ToString(), context.Internet.ToString()]));

    [Fact]
    public void Ping_of_three_thousand_bytes_passes_the_router_the_floating_ip_and_source_nat()
    {
        using Scratch scratch = new(scenario);
        (_, IpAddress address) = scratch.FloatingIp(scenario.Topology["vm2"]);
        string vm1 = scenario.Topology["vm1"].Namespace;
        ShouldPing(vm1, scenario.Topology["vm3"].Address);
        ShouldPing(vm1, scenario.Topology["vm3"].AddressV6);
        ShouldPing(vm1, scenario.Cloud.Plan.Internet);
        ShouldPing(scenario.Cloud.Namespace("internet"), address);
    }

    private static void ShouldPing(string from, IpAddress to)
    {
        ToolResult result = Tool.Run(from, "ping", "-c", "2", "-i", "0.2", "-W", "2", "-s", "3000", to.ToString());
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain(" 0% packet loss");
    }

    private List<string> HopsTo(IpAddress target)
    {
        ToolResult result = Tool.Run(scenario.Topology["vm1"].Namespace, "traceroute", target.IsIpv6 ? "-6" : "-4", "-I", "-n", "-q", "1", "-w", "2", "-m", "4", target.ToString());
        result.ExitCode.ShouldBe(0, result.ToString());
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])];
    }
}
