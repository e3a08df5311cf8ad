using Vicinal.Datapath.Flows;
using Vicinal.Devices;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>From a guest through a tunnel to a node that has it go on through another, as one that serves a centralized router does.</summary>
[Collection(KernelCollection.Name)]
public sealed class TransitTests
{
    private const uint There = 0x1234;
    private const uint Back = 0x4321;

    /// <param name="device">There is a device that carries whole super-packets of VXLAN; else those of UDP are the agent's.</param>
    [Theory]
    [InlineData(true, Encapsulation.Geneve, Encapsulation.Geneve, false)]
    [InlineData(false, Encapsulation.Geneve, Encapsulation.Vxlan, false)]
    [InlineData(true, Encapsulation.Vxlan, Encapsulation.Geneve, false)]
    [InlineData(true, Encapsulation.Gre, Encapsulation.Geneve, false)]
    [InlineData(false, Encapsulation.Vxlan, Encapsulation.Gre, true)]
    [InlineData(true, Encapsulation.Gre, Encapsulation.Gre, false)]
    [InlineData(true, Encapsulation.Geneve, Encapsulation.Vxlan, true)]
    [InlineData(true, Encapsulation.Vxlan, Encapsulation.Vxlan, true)]
    [InlineData(false, Encapsulation.Vxlan, Encapsulation.Vxlan, true)]
    public void Packets_go_from_one_tunnel_into_another(bool outerIpv4, Encapsulation first, Encapsulation second, bool device)
    {
        using WirePair pair = new(outerIpv4);
        if (device)
        {
            pair.Left.AddVxlanDevice(pair.LeftAddress);
            pair.Right.AddVxlanDevice(pair.RightAddress);
        }

        (IFrameDevice source, int from) = pair.Left.AddVeth("va");
        (IFrameDevice target, int to) = pair.Left.AddTap("tb");
        foreach (PacketBuffer packet in Packets().Where(packet => IsCarried(packet.Offload.Gso, first, second, device)))
        {
            string what = $"{packet.Offload.Gso} {Traffic.Parse(packet).Source}, {packet.Length} bytes";
            PacketBuffer inner = pair.Left.Decide(packet, new FlowInput(FlowInputKind.LocalPort, (uint)from), h => h, Tunnel(first, pair.RightAddress, There));
            FlowInput there = new(FlowInputKind.Tunnel, There, FlowInput.PeerOf(1, first));
            PacketBuffer routed = pair.Right.Decide(inner, there, Routed, Tunnel(second, pair.LeftAddress, Back));
            FlowInput back = new(FlowInputKind.Tunnel, Back, FlowInput.PeerOf(2, second));
            PacketBuffer left = pair.Left.Decide(routed, back, h => h, new FlowOutput(FlowOutputKind.Port, (uint)to));
            List<byte[]> expected = Traffic.OnTheWire(left);
            source.Send(packet).ShouldBeTrue();
            target.CollectOnTheWire(expected).ShouldBe(expected, what);
        }

        pair.Left.Path.ReadCounters().Failed.ShouldBe(0);
        pair.Right.Path.ReadCounters().Failed.ShouldBe(0);
    }

    /// <summary>The kernel takes super-packets of UDP by a device alone, and none in GRE.</summary>
    private static bool IsCarried(GsoType gso, Encapsulation first, Encapsulation second, bool device) =>
        gso == GsoType.None
        || (first != Encapsulation.Gre && second != Encapsulation.Gre && (gso != GsoType.UdpL4 || (device && first == Encapsulation.Vxlan)));

    private static IEnumerable<PacketBuffer> Packets() =>
        from ipv4 in (bool[])[true, false]
        from size in (int[])[0, 100, 1201, 9000, 40_000]
        from packet in (PacketBuffer[])[Traffic.Tcp(ipv4, size), Traffic.Udp(ipv4, size)]
        select packet;

    private static FlowOutput Tunnel(Encapsulation encapsulation, IpAddress remote, uint vni) =>
        new(FlowOutputKind.Tunnel, 0, 0, encapsulation, remote, vni, encapsulation == Encapsulation.Geneve ? 0x10002u : null);

    private static PacketHeaders Routed(PacketHeaders h)
    {
        h.DestinationMac = MacAddress.Parse("02:00:00:00:00:77");
        h.SourceMac = MacAddress.Parse("02:00:00:00:00:78");
        h.Ttl--;
        return h;
    }
}
