namespace Vicinal.Agent.Tests;

/// <summary>A rehearsal whose packets were all dropped would warm up the wrong code, and nobody would notice.</summary>
public sealed class RehearsalTests
{
    [Fact]
    public void The_rehearsed_packets_reach_ports_tunnels_and_the_nic()
    {
        (int ports, int tunnels, int nics) = Rehearsal.Run().Sent;

        // Each round: three ARP answers or floods, an echo answer, and two ways of six packets to local ports; six into the tunnel; six out.
        ports.ShouldBeGreaterThan(40 * 14);
        tunnels.ShouldBeGreaterThanOrEqualTo(40 * 6);
        nics.ShouldBeGreaterThan(39 * 6);
    }
}
