using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vicinal.Agent.Kernel;
using Vicinal.Datapath;
using Vicinal.Ebpf;
using Vicinal.Ebpf.Layout;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Tests.Kernel;

public sealed class UpcallFrameTests
{
    private static readonly IpAddress s_remote = IpAddress.Parse("192.0.2.7");
    private static readonly Dictionary<int, int> s_physicals = new() { [9] = 1 };

    [Fact]
    public void A_port_s_frame_comes_from_the_device_of_its_interface_index()
    {
        byte[] inner = Inner();
        PacketBuffer frame = Frame(new UpcallHeader { Kind = UpcallKind.Port, InterfaceIndex = 77 }, inner);
        frame.Offload = new Offload { NeedsChecksum = true, ChecksumStart = 48 + 34, ChecksumOffset = 16, Gso = GsoType.TcpV4, GsoSize = 1448, HeaderLength = 48 + 54 };
        UpcallFrame.TryDecode(frame, s_physicals, out PacketSource source, out _).ShouldBeTrue();
        source.ShouldBe(PacketSource.LocalPort(77));
        frame.Span.ToArray().ShouldBe(inner);
        frame.Offload.ShouldBe(new Offload { NeedsChecksum = true, ChecksumStart = 34, ChecksumOffset = 16, Gso = GsoType.TcpV4, GsoSize = 1448, HeaderLength = 54 });
    }

    [Fact]
    public void A_tag_that_was_taken_out_is_put_back()
    {
        byte[] inner = Inner();
        PacketBuffer frame = Frame(new UpcallHeader { Kind = UpcallKind.Physical, InterfaceIndex = 9, Flags = UpcallFlags.Vlan, VlanTci = 0x6064 }, inner);
        UpcallFrame.TryDecode(frame, s_physicals, out PacketSource source, out _).ShouldBeTrue();
        source.ShouldBe(PacketSource.Physical(1));
        frame.Span.ToArray().ShouldBe([.. inner[..12], 0x81, 0x00, 0x60, 0x64, .. inner[12..]]);
    }

    [Fact]
    public void A_tunnel_packet_begins_at_the_tunnel_header()
    {
        byte[] tunnel = new byte[8];
        new VxlanHeader(5).Write(tunnel);
        byte[] inner = Inner();
        PacketBuffer frame = Frame(
            new UpcallHeader { Kind = UpcallKind.Tunnel, InterfaceIndex = 3, Encapsulation = (byte)Encapsulation.Vxlan, Tos = 3, Payload = 42, Remote = s_remote },
            [.. new byte[42], .. tunnel, .. inner]);
        frame.Offload = new Offload { NeedsChecksum = true, ChecksumStart = 48 + 34, ChecksumOffset = 6 };
        UpcallFrame.TryDecode(frame, s_physicals, out PacketSource source, out _).ShouldBeTrue();
        source.ShouldBe(PacketSource.Tunnel(s_remote, 3, Encapsulation.Vxlan));
        frame.Span.ToArray().ShouldBe([.. tunnel, .. inner]);
        frame.Offload.NeedsChecksum.ShouldBeFalse("it was the outer header's");
    }

    [Fact]
    public void Tunnel_packets_that_were_joined_are_told_from_a_super_packet_inside()
    {
        UpcallHeader header = new() { Kind = UpcallKind.Tunnel, InterfaceIndex = 3, Encapsulation = (byte)Encapsulation.Geneve, Payload = 42, Remote = s_remote };
        PacketBuffer frame = Frame(header, new byte[42 + 300]);
        frame.Offload = new Offload { NeedsChecksum = true, ChecksumStart = 48 + 34, ChecksumOffset = 6, Gso = GsoType.UdpL4, GsoSize = 100 };
        UpcallFrame.TryDecode(frame, s_physicals, out _, out int joined).ShouldBeTrue();
        joined.ShouldBe(100);
        frame.Offload.ShouldBe(default);
        frame.Length.ShouldBe(300);

        frame = Frame(header with { Encapsulation = (byte)Encapsulation.Gre }, new byte[42 + 300]);
        frame.Offload = new Offload { NeedsChecksum = true, ChecksumStart = 48 + 34, ChecksumOffset = 6, Gso = GsoType.UdpL4, GsoSize = 100 };
        UpcallFrame.TryDecode(frame, s_physicals, out _, out joined).ShouldBeTrue();
        joined.ShouldBe(0, "GRE is no datagram");

        frame = Frame(header, new byte[42 + 300]);
        frame.Offload = new Offload { NeedsChecksum = true, ChecksumStart = 48 + 42 + 8 + 34, ChecksumOffset = 6, Gso = GsoType.UdpL4, GsoSize = 100 };
        UpcallFrame.TryDecode(frame, s_physicals, out _, out joined).ShouldBeTrue();
        joined.ShouldBe(0);
        frame.Offload.Gso.ShouldBe(GsoType.UdpL4);
    }

    [Theory]
    [InlineData(Encapsulation.Geneve)]
    [InlineData(Encapsulation.Vxlan)]
    public void What_a_device_took_off_is_put_on_again(Encapsulation encapsulation)
    {
        byte[] inner = Inner();
        PacketBuffer frame = Frame(
            new UpcallHeader { Kind = UpcallKind.Tunnel, InterfaceIndex = 3, Encapsulation = (byte)encapsulation, Flags = UpcallFlags.Decapsulated, Vni = 0xABCDEF, Remote = s_remote },
            inner);
        frame.Offload = new Offload { NeedsChecksum = true, ChecksumStart = 48 + 34, ChecksumOffset = 16, Gso = GsoType.TcpV4, GsoSize = 1400, HeaderLength = 48 + 54 };
        UpcallFrame.TryDecode(frame, s_physicals, out PacketSource source, out _).ShouldBeTrue();
        source.ShouldBe(PacketSource.Tunnel(s_remote, 0, encapsulation));
        frame.Span[8..].ToArray().ShouldBe(inner);
        frame.Offload.ChecksumStart.ShouldBe((ushort)(8 + 34));
        frame.Offload.HeaderLength.ShouldBe((ushort)(8 + 54));
        uint vni = encapsulation == Encapsulation.Vxlan
            ? VxlanHeader.TryRead(frame.Span, out VxlanHeader vxlan) ? vxlan.Vni : 0
            : GeneveHeader.TryRead(frame.Span, out GeneveHeader geneve, out _) ? geneve.Vni : 0;
        vni.ShouldBe(0xABCDEFu);
    }

    [Fact]
    public void What_no_program_sent_is_refused()
    {
        UpcallHeader port = new() { Kind = UpcallKind.Port, InterfaceIndex = 7 };
        UpcallHeader tunnel = new() { Kind = UpcallKind.Tunnel, InterfaceIndex = 7, Encapsulation = 1, Payload = 42, Remote = s_remote };
        Decodes(port, Inner()).ShouldBeTrue();
        Decodes(port, new byte[13]).ShouldBeFalse("no Ethernet header");
        Decodes(port with { Version = 99 }, Inner(), keepVersion: true).ShouldBeFalse("another layout");
        Decodes(port with { Kind = (UpcallKind)4 }, Inner()).ShouldBeFalse("no such kind");
        Decodes(port with { InterfaceIndex = 0 }, Inner()).ShouldBeFalse("no interface");
        Decodes(port with { InterfaceIndex = uint.MaxValue }, Inner()).ShouldBeFalse("no interface");
        Decodes(port with { Kind = UpcallKind.Physical }, Inner()).ShouldBeFalse("no NIC of a bridge mapping");
        Decodes(tunnel with { Encapsulation = (byte)Encapsulation.Gre }, new byte[100]).ShouldBeTrue();
        Decodes(tunnel with { Encapsulation = (byte)Encapsulation.Vlan }, new byte[100]).ShouldBeFalse("no tunnel");
        Decodes(tunnel with { Encapsulation = (byte)Encapsulation.Gre, Flags = UpcallFlags.Decapsulated }, new byte[100]).ShouldBeFalse("no device takes GRE off");
        Decodes(tunnel with { Payload = 100 }, new byte[100]).ShouldBeFalse("nothing behind the outer headers");
        Decodes(tunnel with { Payload = 0 }, new byte[100]).ShouldBeFalse("no outer headers");
        Decodes(tunnel with { Flags = UpcallFlags.Decapsulated, Vni = 0x1000000 }, new byte[100]).ShouldBeFalse("25 bits of VNI");
    }

    [Fact]
    public void No_noise_of_any_length_is_read_beyond_its_end()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        PacketBuffer frame = new();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            if (noise.Length > 32 && random.Next(4) != 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(noise.AsSpan(12), UpcallHeader.EtherType);
                noise[14] = (byte)random.Next(5);
                noise[15] = (byte)random.Next(4);
                noise[23] = (byte)random.Next(4);
                BinaryPrimitives.WriteUInt16LittleEndian(noise.AsSpan(30), FastPath.LayoutVersion);
            }

            frame.CopyFrom(noise);
            frame.Offload = new Offload { NeedsChecksum = random.Next(2) == 0, ChecksumStart = (ushort)random.Next(200) };
            if (UpcallFrame.TryDecode(frame, s_physicals, out _, out _))
            {
                frame.Length.ShouldBeGreaterThan(0, $"seed {seed}");
            }
        }
    }

    private static bool Decodes(UpcallHeader header, byte[] content, bool keepVersion = false) =>
        UpcallFrame.TryDecode(Frame(header, content, keepVersion), s_physicals, out _, out _);

    private static PacketBuffer Frame(UpcallHeader header, byte[] content, bool keepVersion = false)
    {
        header.EtherTypeWire = BinaryPrimitives.ReverseEndianness(UpcallHeader.EtherType);
        header.Version = keepVersion ? header.Version : (ushort)FastPath.LayoutVersion;
        PacketBuffer frame = new();
        frame.CopyFrom([.. MemoryMarshal.AsBytes(new ReadOnlySpan<UpcallHeader>(in header)), .. content]);
        return frame;
    }

    private static byte[] Inner()
    {
        FrameEnds ends = new(new MacAddress(0xFA163E000001), new MacAddress(0xFA163E000002), IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"));
        return PacketBuilder.Tcp(in ends, 1000, 80, TcpFlags.Ack, 1);
    }
}
