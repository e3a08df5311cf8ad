using System.Buffers.Binary;
using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests;

public sealed class PacketFiltersTests
{
    private const uint Mark = 7;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    [InlineData(512)]
    [InlineData(2000)]
    public void The_host_s_frames_to_our_addresses_and_to_groups_pass_and_no_others(int count)
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        MacAddress[] macs = [.. Enumerable.Range(0, count).Select(i => i % 3 == 0
            ? new MacAddress(((ulong)(uint)i << 33) | 0x1234_5678)
            : new MacAddress(0xFA16_3E00_0000 + (ulong)random.Next(1 << 24)))];
        ClassicInstruction[] program = PacketFilters.SentByHostTo(macs, Mark);
        program.Length.ShouldBeLessThanOrEqualTo(ClassicBpf.MaxInstructions);
        foreach (MacAddress mac in macs)
        {
            Run(program, mac, 4, 0).ShouldBeTrue($"{mac}, seed {seed}");
            Run(program, mac, 4, Mark).ShouldBeFalse();
            Run(program, mac, 0, 0).ShouldBeFalse("incoming");
        }

        Run(program, MacAddress.Broadcast, 4, 0).ShouldBeTrue();
        HashSet<MacAddress> known = [.. macs];
        for (int i = 0; i < 200 && count <= PacketFilters.MaxMacs; i++)
        {
            MacAddress other = new((ulong)random.NextInt64() & 0xFEFF_FFFF_FFFF);
            Run(program, other, 4, 0).ShouldBe(known.Contains(other), $"{other}, seed {seed}");
            MacAddress near = new(0xFA16_3E00_0000 + (ulong)random.Next(1 << 24));
            Run(program, near, 4, 0).ShouldBe(known.Contains(near), $"{near}, seed {seed}");
        }
    }

    [Fact]
    public void Groups_and_talk_about_neighbours_are_heard_and_nothing_else()
    {
        ClassicInstruction[] program = PacketFilters.GroupsAndNeighborTalk(Mark);
        MacAddress host = new(0xFA16_3E00_0001);
        bool Hears(MacAddress destination, ushort etherType, byte nextHeader = 0, byte icmpType = 0, uint mark = 0) =>
            Run(program, Packet(destination, etherType, nextHeader, icmpType), 0, mark);

        Hears(host, EtherType.Ipv4).ShouldBeFalse();
        Hears(MacAddress.Broadcast, EtherType.Ipv4).ShouldBeTrue();
        Hears(new MacAddress(0x3333_0000_0001), EtherType.Ipv6, IpProtocol.Udp).ShouldBeTrue();
        Hears(host, EtherType.Arp).ShouldBeTrue();
        Hears(host, EtherType.Ipv6, IpProtocol.Tcp, 135).ShouldBeFalse();
        for (int type = 0; type < 256; type++)
        {
            Hears(host, EtherType.Ipv6, IpProtocol.Icmpv6, (byte)type).ShouldBe(type is >= 133 and <= 137, $"ICMPv6 type {type}");
        }

        Hears(MacAddress.Broadcast, EtherType.Arp, mark: Mark).ShouldBeFalse("what we put into the host's stack");
        Run(PacketFilters.GroupsAndNeighborTalk(0), Packet(host, EtherType.Arp, 0, 0), 0, Mark).ShouldBeTrue("no mark is ignored");
        Run(PacketFilters.Nothing, Packet(MacAddress.Broadcast, EtherType.Arp, 0, 0), 0, 0).ShouldBeFalse();
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.8")]
    [InlineData("2001:db8::7", "2001:db8::8")]
    [InlineData("2001:db8::7", "2001:db9::7")]
    public void Gre_of_networks_to_our_address_is_heard_and_no_other(string local, string other)
    {
        ClassicInstruction[] program = PacketFilters.GreTo(IpAddress.Parse(local));
        bool Hears(string to, byte protocol, string gre, uint packetType = 0, int options = 0) =>
            Run(program, IpPacket(IpAddress.Parse(to), protocol, Convert.FromHexString(gre), options), packetType, 0);

        Hears(local, IpProtocol.Gre, "2000655800000001").ShouldBeTrue();
        Hears(local, IpProtocol.Gre, "B000655800000001").ShouldBeTrue("with a checksum and a sequence number");
        Hears(local, IpProtocol.Gre, "2000655800000001", options: local.Contains('.', StringComparison.Ordinal) ? 8 : 0).ShouldBeTrue("behind IP options");
        Hears(local, IpProtocol.Gre, "2000080000000001").ShouldBeFalse("IP in GRE is the host's");
        Hears(local, IpProtocol.Gre, "0000655800000001").ShouldBeFalse("without a key");
        Hears(local, IpProtocol.Udp, "2000655800000001").ShouldBeFalse("another protocol");
        Hears(other, IpProtocol.Gre, "2000655800000001").ShouldBeFalse("another address");
        Hears(local, IpProtocol.Gre, "2000655800000001", packetType: 3).ShouldBeFalse("to another machine, heard while promiscuous");
    }

    private static byte[] IpPacket(IpAddress to, byte protocol, byte[] payload, int options)
    {
        byte[] packet = new byte[(to.IsIpv4 ? Ipv4Header.Size + options : Ipv6Header.Size) + payload.Length];
        if (to.IsIpv4)
        {
            new Ipv4Header { HeaderLength = Ipv4Header.Size + options, Protocol = protocol, TotalLength = (ushort)packet.Length, Destination = to }.Write(packet);
        }
        else
        {
            new Ipv6Header { NextHeader = protocol, PayloadLength = (ushort)payload.Length, Destination = to }.Write(packet);
        }

        payload.CopyTo(packet.AsSpan(packet.Length - payload.Length));
        return packet;
    }

    private static byte[] Packet(MacAddress destination, ushort etherType, byte nextHeader, byte icmpType)
    {
        byte[] packet = new byte[64];
        destination.Write(packet);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), etherType);
        packet[20] = nextHeader;
        packet[54] = icmpType;
        return packet;
    }

    private static bool Run(ClassicInstruction[] program, MacAddress destination, uint packetType, uint mark) =>
        Run(program, Packet(destination, 0, 0, 0), packetType, mark);

    /// <summary>What the kernel does with the program, for the instructions used.</summary>
    private static bool Run(ClassicInstruction[] program, byte[] packet, uint packetType, uint mark)
    {
        uint a = 0;
        uint x = 0;

        // The packets of these tests have no link header where a filter asks from the network header on.
        static int At(uint offset) => (int)(offset < ClassicBpf.PacketTypeOffset - 4 && offset >= ClassicBpf.NetworkHeaderOffset ? offset - ClassicBpf.NetworkHeaderOffset : offset);
        for (int i = 0; ; i++)
        {
            ClassicInstruction c = program[i];
            switch (c.Code)
            {
                case 0x20:
                    a = c.K == ClassicBpf.MarkOffset ? mark : BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(At(c.K)));
                    break;
                case 0x28:
                    a = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(At(c.K)));
                    break;
                case 0x30:
                    a = c.K == ClassicBpf.PacketTypeOffset ? packetType : packet[At(c.K)];
                    break;
                case 0xB1:
                    x = (uint)(packet[At(c.K)] & 0xF) * 4;
                    break;
                case 0x48:
                    a = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan((int)x + At(c.K)));
                    break;
                case 0x05:
                    i += (int)c.K;
                    break;
                case 0x15:
                    i += a == c.K ? c.JumpTrue : c.JumpFalse;
                    break;
                case 0x35:
                    i += a >= c.K ? c.JumpTrue : c.JumpFalse;
                    break;
                case 0x45:
                    i += (a & c.K) != 0 ? c.JumpTrue : c.JumpFalse;
                    break;
                case 0x06:
                    return c.K != 0;
                default:
                    throw new InvalidOperationException($"instruction 0x{c.Code:X}");
            }
        }
    }
}
