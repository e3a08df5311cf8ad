using Vicinal.Datapath.Flows;
using Vicinal.Devices;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>
/// A guest leaves its checksum to a device and names a place for it that is no checksum: what stands there is written over after the packet was judged.
/// </summary>
[Collection(KernelCollection.Name)]
public sealed class ForgedChecksumTests
{
    private const int SourceAddress = 26;
    private const int SourcePort = 34;

    [Theory]
    [InlineData(SourceAddress, true)]
    [InlineData(SourceAddress, false)]
    [InlineData(SourcePort, true)]
    public void No_packet_leaves_the_node_that_would_have_its_headers_written_over(int place, bool machine)
    {
        using WirePair pair = new(ipv4: true);
        (IFrameDevice guest, int index) = machine ? pair.Left.AddTap("ta") : pair.Left.AddVeth("va");
        using PacketSocketDevice wire = pair.Right.Space.Run(() => PacketSocketDevice.Open("nic"));
        PacketBuffer packet = Traffic.Udp(ipv4: true, 100);
        FlowOutput tunnel = new(FlowOutputKind.Tunnel, 0, 0, Encapsulation.Geneve, pair.RightAddress, 7);
        pair.Left.Decide(packet, new FlowInput(FlowInputKind.LocalPort, (uint)index), h => h with { Ttl = 63 }, tunnel);
        PacketBuffer forged = new();
        forged.CopyFrom(packet);
        forged.Offload.ChecksumStart = 24;
        forged.Offload.ChecksumOffset = (ushort)(place - 24);
        guest.Send(forged).ShouldBeTrue();
        SpinWait.SpinUntil(() => pair.Left.Path.ReadCounters().Failed == 1, 2000).ShouldBeTrue();

        // One that is as it should be passes, and nothing passed before it.
        guest.Send(packet).ShouldBeTrue();
        List<PacketBuffer> seen = wire.Collect(all => all.Count == 1, p => p.Span[23] == IpProtocol.Udp);
        seen.ShouldHaveSingleItem();
        pair.Left.Path.ReadCounters().Forwarded.ShouldBe(1);
    }
}
