using System.Diagnostics;
using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// A guest's own tunnel through a floating IP, with the outer checksum summed up. The kernel of the far end takes a wrong one from a virtual link as long
/// as the inner one is open, so it is looked at on the wire instead.
/// </summary>
public abstract class NestedChecksumTests(ScenarioCloud scenario)
{
    private const int Messages = 20;

    [Fact]
    public void A_translated_address_leaves_the_outer_checksum_right()
    {
        using Scratch scratch = new(scenario);
        string internet = scenario.Cloud.Namespace("internet");
        IpAddress far = IpAddress.Parse("10.250.0.2");
        Instance guest = scratch.Boot("nest-sum", "c1", scenario.NetworkId("blue"), scratch.Group(("udp", NestedTunnelTests.VxlanPort)));
        scenario.Cloud.WaitActive(guest);
        (_, IpAddress address) = scratch.FloatingIp(guest);
        NestedTunnelTests.AddTunnel(scratch, guest.Namespace, guest.Address, scenario.Cloud.Plan.Internet, IpAddress.Parse("10.250.0.1"), checksums: true);
        NestedTunnelTests.AddTunnel(scratch, internet, scenario.Cloud.Plan.Internet, address, far, checksums: true);
        using PacketSocketDevice wire = NetworkNamespace.Open(internet).Run(() => PacketSocketDevice.Open(FabricScript.ExternalNic));
        using Conversation conversation = Conversation.Open(guest.Namespace, far, DemoTopology.EchoPort);
        for (int i = 0; i < Messages; i++)
        {
            conversation.Echoes().ShouldBeTrue();
        }

        Hear(wire, address).ShouldBeGreaterThanOrEqualTo(Messages);
    }

    /// <summary>How many tunnel packets with a finished outer checksum came from the address; all must be right. Those of neighbour discovery leave it to the NIC.</summary>
    private static int Hear(PacketSocketDevice wire, IpAddress from)
    {
        PacketBuffer[] heard = [.. Enumerable.Range(0, 64).Select(_ => new PacketBuffer())];
        int right = 0;
        long start = Stopwatch.GetTimestamp();
        while (right < Messages && Stopwatch.GetElapsedTime(start).TotalSeconds < 5)
        {
            foreach (PacketBuffer packet in heard.Take(wire.Receive(heard)))
            {
                if (PacketHeaders.Parse(packet.Span, out PacketHeaders h) != ParseResult.Ok || h.Source != from || h.DestinationPort != NestedTunnelTests.VxlanPort)
                {
                    continue;
                }

                TunnelWork work = TunnelSegmenter.Inspect(packet, out _);
                (work == TunnelWork.None || (work == TunnelWork.Checksum && Checksum.Finish(packet))).ShouldBeTrue("small messages need no cutting");
                if (!packet.Offload.NeedsChecksum)
                {
                    Checksum.IsTransportRight(packet.Span, in h).ShouldBeTrue();
                    right++;
                }
            }
        }

        return right;
    }
}
