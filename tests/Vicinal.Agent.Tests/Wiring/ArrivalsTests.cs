using System.Buffers.Binary;
using Vicinal.Agent.Wiring;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Tests.Wiring;

/// <summary>What a guest's own tunnel leaves undone is done before the node sees it. The node here has no ports: it counts what it is handed.</summary>
public sealed class ArrivalsTests : IDisposable
{
    private const int SegmentSize = 500;

    private static readonly MacAddress s_macA = MacAddress.Parse("fa:16:3e:00:00:0a");
    private static readonly MacAddress s_macB = MacAddress.Parse("fa:16:3e:00:00:0b");
    private static readonly FrameEnds s_outer = new(s_macA, s_macB, IpAddress.Parse("10.0.0.5"), IpAddress.Parse("10.0.0.6"));
    private static readonly FrameEnds s_inner = new(s_macA, s_macB, IpAddress.Parse("10.250.0.5"), IpAddress.Parse("10.250.0.6"));

    private readonly MemoryDevice _guest;
    private readonly MemoryDevice _device;
    private readonly Node _node = new(new NodeSettings { Host = "here", TunnelAddress = IpAddress.Parse("192.0.2.1") }, new Sink());

    public ArrivalsTests() => (_guest, _device) = MemoryDevice.CreatePair("guest", s_macA, "tap", s_macB);

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void A_super_packet_of_a_guest_s_tunnel_enters_the_node_in_pieces()
    {
        // More than one batch of pieces, between packets that are as they should be.
        Send(Plain(), Super(100 * SegmentSize), Plain());
        Receive();
        _node.Counters.Received.ShouldBe(102);
        _device.Counters.ReceiveErrors.ShouldBe(0);
    }

    [Fact]
    public void One_that_its_offload_does_not_describe_is_counted_and_goes_no_further()
    {
        PacketBuffer odd = Super(5000);
        odd.Offload.ChecksumStart += 3;
        Send(Plain(), odd, Plain());
        Receive();
        _node.Counters.Received.ShouldBe(2);
        _device.Counters.ReceiveErrors.ShouldBe(1);
    }

    [Fact]
    public void An_inner_checksum_that_cannot_be_written_is_counted_too()
    {
        PacketBuffer odd = Super(400);
        odd.Offload = odd.Offload with { Gso = GsoType.None, GsoSize = 0, ChecksumOffset = 60_000 };
        Send(odd, Plain());
        Receive();
        _node.Counters.Received.ShouldBe(1);
        _device.Counters.ReceiveErrors.ShouldBe(1);
    }

    [Fact]
    public void Cutting_allocates_nothing()
    {
        PacketBuffer super = Super(60_000);
        for (int i = 0; i < 50; i++)
        {
            Send(super);
            Receive();
        }

        Send(super);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Receive();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        _node.Counters.Received.ShouldBe(51 * 120);
    }

    private static PacketBuffer Plain()
    {
        PacketBuffer packet = new();
        packet.CopyFrom(PacketBuilder.Udp(in s_outer, 1, 2, new byte[30]));
        return packet;
    }

    private static PacketBuffer Super(int payload)
    {
        byte[] inner = PacketBuilder.Tcp(in s_inner, new TcpHeader { SourcePort = 1, DestinationPort = 2, Flags = TcpFlags.Ack }, new byte[payload]);
        byte[] vxlan = new byte[VxlanHeader.Size];
        new VxlanHeader(7).Write(vxlan);
        PacketBuffer packet = new();
        packet.CopyFrom(PacketBuilder.Udp(in s_outer, 50_000, VxlanHeader.UdpPort, [.. vxlan, .. inner]));
        packet.Offload = new Offload { NeedsChecksum = true, ChecksumStart = 84, ChecksumOffset = TcpHeader.ChecksumOffset, Gso = GsoType.TcpV4, GsoSize = SegmentSize };
        BinaryPrimitives.ReadUInt16BigEndian(packet.Span[84..]).ShouldBe((ushort)1, "the inner TCP header begins there");
        return packet;
    }

    private void Send(params ReadOnlySpan<PacketBuffer> packets) => _guest.Send(packets).ShouldBe(packets.Length);

    private void Receive() => Arrivals.Receive(_node, _device, PacketSource.LocalPort(1));

    private sealed class Sink : IPacketOutput
    {
        public void ToPort(int device, PacketBuffer packet) => throw new InvalidOperationException("there are no ports");

        public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos) => throw new InvalidOperationException("there are no tunnels");

        public void ToPhysical(int index, PacketBuffer packet) => throw new InvalidOperationException("there are no NICs");

        public void ToHost(int index, PacketBuffer packet) => throw new InvalidOperationException("there is no host");
    }
}
