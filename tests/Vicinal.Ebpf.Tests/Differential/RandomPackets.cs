using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>Frames as guests and hostile guests send them: most are sound, many have one thing about them that is not plain.</summary>
internal sealed class RandomPackets(Random random)
{
    private static readonly ushort[] s_otherTypes = [0x88CC, 0x8847, 0x88B5, 0x9000, 0x0026, 0x6558, 0x8863];

    private readonly RandomTransport _transport = new(random);

    public byte[] Next() => random.Next(100) switch
    {
        < 46 => Finish(Link(0x0800), Ipv4()),
        < 90 => Finish(Link(0x86DD), Ipv6()),
        < 92 => Arp(),
        < 96 => Finish(Link(s_otherTypes[random.Next(s_otherTypes.Length)]), Bytes(random.Next(60))),
        < 98 => Finish(Link(random.Next(2) == 0 ? (ushort)0x0800 : (ushort)0x86DD), Bytes(random.Next(90))),
        _ => Bytes(14 + random.Next(100)),
    };

    public IpAddress Address(bool ipv4)
    {
        if (random.Next(60) == 0)
        {
            string[] martians = ipv4 ? ["127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"] : ["::1", "::", "ff02::1"];
            return IpAddress.Parse(martians[random.Next(martians.Length)]);
        }

        uint low = (uint)random.NextInt64();
        return ipv4
            ? IpAddress.FromIpv4(0x0A000000 | (low & 0xFFFFFF))
            : new IpAddress(0x20010DB8_00000000UL | (low >> 16), (ulong)random.NextInt64());
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Link(ushort type)
    {
        byte[] header = Bytes(14);
        header[0] = (byte)(header[0] & ~1 | (random.Next(25) == 0 ? 1 : 0));
        header[6] = (byte)(header[6] & ~1 | (random.Next(50) == 0 ? 1 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(12), type);
        return header;
    }

    private byte[] Arp() =>
        [.. Link(0x0806), 0, 1, 8, 0, 6, 4, 0, (byte)random.Next(1, 3), .. Bytes(20), .. new byte[random.Next(2) * 18]];

    /// <summary>Now and then padded as short frames are on the wire, or cut off.</summary>
    private byte[] Finish(byte[] link, byte[] packet) => random.Next(20) switch
    {
        0 => [.. link, .. packet, .. new byte[Math.Max(0, 46 - packet.Length)]],
        1 => [.. link, .. packet, .. Bytes(random.Next(40))],
        2 => [.. link, .. packet.AsSpan(0, random.Next(packet.Length + 1))],
        _ => [.. link, .. packet],
    };

    private byte[] Ipv4()
    {
        byte[] options = random.Next(20) == 0 ? Bytes(4 * random.Next(1, 11)) : [];
        byte protocol = _transport.Next(ipv4: true, out byte[] body);
        byte[] header = [.. Bytes(20), .. options];
        Span<byte> h = header;
        h[0] = (byte)(0x40 | (header.Length / 4));
        h[1] = TrafficClass();
        BinaryPrimitives.WriteUInt16BigEndian(h[2..], (ushort)(header.Length + body.Length));
        BinaryPrimitives.WriteUInt16BigEndian(h[6..], random.Next(20) == 0 ? (ushort)random.Next(1 << 16) : (ushort)(random.Next(2) << 14));
        h[8] = Ttl();
        h[9] = protocol;
        Address(ipv4: true).WriteIpv4(h[12..]);
        Address(ipv4: true).WriteIpv4(h[16..]);
        Spoil(h, 2);
        h[10..12].Clear();
        ushort checksum = Checksum.Compute(h);

        // Zero has two forms, and both are right.
        checksum = checksum == 0 && random.Next(2) == 0 ? ushort.MaxValue : checksum;
        BinaryPrimitives.WriteUInt16BigEndian(h[10..], random.Next(40) == 0 ? (ushort)random.Next(1 << 16) : checksum);
        return [.. header, .. body];
    }

    private byte[] Ipv6()
    {
        byte protocol = _transport.Next(ipv4: false, out byte[] body);
        if (random.Next(16) == 0)
        {
            byte[] kinds = [IpProtocol.HopByHop, IpProtocol.Ipv6Routing, IpProtocol.Ipv6Fragment, IpProtocol.Ipv6DestinationOptions];
            body = [protocol, 0, 0, (byte)random.Next(2), .. Bytes(4), .. body];
            protocol = kinds[random.Next(kinds.Length)];
        }

        byte[] header = new byte[40];
        Span<byte> h = header;
        BinaryPrimitives.WriteUInt32BigEndian(h, (6u << 28) | ((uint)TrafficClass() << 20) | (uint)random.Next(1 << 20));
        BinaryPrimitives.WriteUInt16BigEndian(h[4..], (ushort)body.Length);
        h[6] = protocol;
        h[7] = Ttl();
        Address(ipv4: false).WriteIpv6(h[8..]);
        Address(ipv4: false).WriteIpv6(h[24..]);
        if (random.Next(100) == 0)
        {
            h[8..18].Clear();
            h[18..20].Fill(0xFF);
        }

        Spoil(h, 4);
        return [.. header, .. body];
    }

    /// <summary>One in forty has a wrong version or length.</summary>
    private void Spoil(Span<byte> header, int length)
    {
        switch (random.Next(80))
        {
            case 0:
                header[0] = (byte)random.Next(256);
                break;
            case 1:
                BinaryPrimitives.WriteUInt16BigEndian(header[length..], (ushort)random.Next(1 << random.Next(17)));
                break;
            default:
                break;
        }
    }

    private byte TrafficClass() => random.Next(3) == 0 ? (byte)random.Next(256) : (byte)random.Next(4);

    private byte Ttl() => random.Next(4) == 0 ? (byte)random.Next(4) : (byte)random.Next(256);
}
