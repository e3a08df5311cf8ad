using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vicinal.Agent.Kernel;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Ebpf;
using Vicinal.Ebpf.Layout;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Tests.Kernel;

public sealed class UpcallReaderTests : IDisposable
{
    private readonly MemoryDevice _kernel;
    private readonly MemoryDevice _tap;
    private readonly Node _node;
    private readonly UpcallReader _reader;

    public UpcallReaderTests()
    {
        (_kernel, _tap) = MemoryDevice.CreatePair("kernel", default, UpcallTap.Name, default);
        _node = new Node(new NodeSettings { Host = "here", TunnelAddress = IpAddress.Parse("192.0.2.1") }, new Nowhere());
        _reader = new UpcallReader(_tap, _node, new Dictionary<int, int>());
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _tap.Dispose();
    }

    [Fact]
    public void The_node_gets_every_packet_whichever_came_between()
    {
        foreach (uint port in (uint[])[7, 7, 8, 7, 0, 8, 8])
        {
            Send(new UpcallHeader { Kind = UpcallKind.Port, InterfaceIndex = port }, new byte[60]);
        }

        _reader.Read();
        _reader.Received.ShouldBe(6);
        _reader.Ignored.ShouldBe(1, "no interface has the index 0");
        _node.Counters.Received.ShouldBe(6);
    }

    [Fact]
    public void Joined_tunnel_packets_are_as_many_for_the_node()
    {
        UpcallHeader header = new()
        {
            Kind = UpcallKind.Tunnel,
            InterfaceIndex = 2,
            Encapsulation = (byte)Encapsulation.Geneve,
            Payload = 42,
            Remote = IpAddress.Parse("192.0.2.2"),
        };
        Send(header, new byte[42 + 250], new Offload { NeedsChecksum = true, ChecksumStart = 48 + 34, ChecksumOffset = 6, Gso = GsoType.UdpL4, GsoSize = 100 });
        _reader.Read();
        _node.Counters.Received.ShouldBe(3);
    }

    [Fact]
    public void What_waited_too_long_is_gone_and_the_next_packet_is_not()
    {
        for (int i = 0; i < 200; i++)
        {
            Send(new UpcallHeader { Kind = UpcallKind.Port, InterfaceIndex = 7 }, new byte[60]);
        }

        _reader.Discard();
        _tap.Waiting.ShouldBe(0);
        _node.Counters.Received.ShouldBe(0);
        Send(new UpcallHeader { Kind = UpcallKind.Port, InterfaceIndex = 7 }, new byte[60]);
        _reader.Read();
        _node.Counters.Received.ShouldBe(1);
    }

    private void Send(UpcallHeader header, byte[] content, Offload offload = default)
    {
        header.EtherTypeWire = BinaryPrimitives.ReverseEndianness(UpcallHeader.EtherType);
        header.Version = FastPath.LayoutVersion;
        PacketBuffer frame = new();
        frame.CopyFrom([.. MemoryMarshal.AsBytes(new ReadOnlySpan<UpcallHeader>(in header)), .. content]);
        frame.Offload = offload;
        _kernel.Send(new ReadOnlySpan<PacketBuffer>(in frame)).ShouldBe(1);
    }

    private sealed class Nowhere : IPacketOutput
    {
        public void ToPort(int device, PacketBuffer packet)
        {
        }

        public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
        {
        }

        public void ToPhysical(int index, PacketBuffer packet)
        {
        }

        public void ToHost(int index, PacketBuffer packet)
        {
        }
    }
}
