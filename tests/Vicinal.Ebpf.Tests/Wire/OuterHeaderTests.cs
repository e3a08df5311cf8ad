using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Devices;
using Vicinal.Ebpf.Layout;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>What of the outer headers depends on the kernel's own doing: checksums that it leaves to devices, and the hash of a flow.</summary>
[Collection(KernelCollection.Name)]
public sealed class OuterHeaderTests
{
    private const int SO_NO_CHECK = 11;
    private const uint Vni = 7;

    /// <summary>
    /// A node's userspace sends through a socket, whose checksums a device is to finish. Once the outer headers are off there is nothing to finish, and the
    /// guest's packet would be spoiled instead.
    /// </summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_tunnel_packet_with_an_unfinished_outer_checksum_goes_up(bool ipv4, bool unfinished)
    {
        using WirePair pair = new(ipv4);
        (IFrameDevice guest, int index) = pair.Left.AddVeth("va");
        PacketBuffer packet = Traffic.Udp(ipv4: true, 100);
        Checksum.Finish(packet).ShouldBeTrue();
        FlowInput input = new(FlowInputKind.Tunnel, Vni, FlowInput.PeerOf(2, Encapsulation.Vxlan));
        PacketBuffer left = pair.Left.Decide(packet, input, h => h with { Ttl = 60 }, new FlowOutput(FlowOutputKind.Port, (uint)index));
        using Socket sender = pair.Right.Space.Run(() => new Socket(ipv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp));
        if (!unfinished)
        {
            sender.SetRawSocketOption(1, SO_NO_CHECK, BitConverter.GetBytes(1));
        }

        byte[] payload = [8, 0, 0, 0, 0, 0, (byte)Vni, 0, .. packet.Span];
        sender.SendTo(payload, new IPEndPoint(pair.LeftAddress.ToIPAddress(), 4789)).ShouldBe(payload.Length);
        if (unfinished)
        {
            PacketBuffer up = pair.Left.Upcalls.Collect(all => all.Count == 1, p => p.Span[12] == 0x88 && p.Span[13] == 0xB5).ShouldHaveSingleItem();
            up.Span[(UpcallHeader.Size + MemoryMarshal.Read<UpcallHeader>(up.Span).Payload)..].ToArray().ShouldBe(payload);
            pair.Left.Path.ReadCounters().Forwarded.ShouldBe(0);
        }
        else
        {
            guest.Collect(all => all.Count == 1).ShouldHaveSingleItem().Span.ToArray().ShouldBe(left.Span.ToArray());
        }
    }

    /// <summary>Super-packets go by the device, others by the program; the paths of the underlay are chosen by the port, and one flow must keep to one path.</summary>
    [Fact]
    public void A_virtual_machines_flow_has_one_source_port_of_its_own()
    {
        using WirePair pair = new(ipv4: true);
        pair.Left.AddVxlanDevice(pair.LeftAddress);
        (IFrameDevice machine, int index) = pair.Left.AddTap("ta");
        using PacketSocketDevice wire = pair.Right.Space.Run(() => PacketSocketDevice.Open("nic"));
        HashSet<ushort> ports = [];
        for (ushort flow = 0; flow < 16; flow++)
        {
            ushort[] seen = [.. new[] { 100, 9000 }.Select(size => SourcePort(pair, machine, index, wire, Traffic.Tcp(ipv4: true, size, (ushort)(20_000 + flow))))];
            seen[1].ShouldBe(seen[0], $"flow {flow}");
            ports.Add(seen[0]);
        }

        ports.ShouldAllBe(p => p >= WireNode.FirstPort && p <= WireNode.LastPort);
        ports.Count.ShouldBeGreaterThan(12);
        pair.Left.Path.ReadCounters().ByDevice.ShouldBe(16);
    }

    private static ushort SourcePort(WirePair pair, IFrameDevice machine, int index, PacketSocketDevice wire, PacketBuffer packet)
    {
        FlowOutput tunnel = new(FlowOutputKind.Tunnel, 0, 0, Encapsulation.Vxlan, pair.RightAddress, Vni);
        pair.Left.Decide(packet, new FlowInput(FlowInputKind.LocalPort, (uint)index), h => h with { Source = IpAddress.Parse("203.0.113.9"), Ttl = 63 }, tunnel);
        machine.Send(packet).ShouldBeTrue();
        PacketBuffer outer = wire.Collect(all => all.Count == 1, p => p.Span[23] == IpProtocol.Udp).ShouldHaveSingleItem();
        return BinaryPrimitives.ReadUInt16BigEndian(outer.Span[34..]);
    }
}
