using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>Transport headers with payload. Checksums are any number, since what forwards changes them and never judges them; 0 and its twin are frequent.</summary>
internal sealed class RandomTransport(Random random)
{
    private static readonly byte[] s_others = [2, 47, 50, 51, 59, 89, 112, 255];

    /// <summary>Returns the protocol.</summary>
    public byte Next(bool ipv4, out byte[] body)
    {
        (byte protocol, body) = random.Next(100) switch
        {
            < 30 => (IpProtocol.Tcp, Tcp()),
            < 60 => (IpProtocol.Udp, Udp()),
            < 72 => (ipv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6, Icmp(ipv4)),
            < 75 => (ipv4 ? IpProtocol.Icmpv6 : IpProtocol.Icmp, Icmp(ipv4)),
            < 80 => (IpProtocol.Sctp, Sized(12)),
            < 85 => (IpProtocol.Dccp, Sized(16)),
            < 90 => (IpProtocol.UdpLite, Udp()),
            _ => (s_others[random.Next(s_others.Length)], Sized(random.Next(20))),
        };
        if (random.Next(5) == 0 && body.Length >= 8)
        {
            // A port or an identifier at an end of its range, where sums have two zeros.
            int field = protocol is IpProtocol.Icmp or IpProtocol.Icmpv6 ? 4 : 2 * random.Next(2);
            body.AsSpan(field, 2).Fill((byte)(random.Next(4) == 0 ? 0 : 0xFF));
        }

        if (random.Next(30) == 0)
        {
            body = body[..random.Next(Math.Min(body.Length, 24) + 1)];
        }

        return protocol;
    }

    private byte[] Tcp()
    {
        int words = random.Next(4) == 0 ? random.Next(5, 16) : 5;
        byte[] segment = Sized(4 * words);
        segment[12] = (byte)((random.Next(40) == 0 ? random.Next(16) : words) << 4);
        segment[13] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)0x10;
        Checksum(segment, TcpHeader.ChecksumOffset);
        return segment;
    }

    private byte[] Udp()
    {
        byte[] datagram = Sized(8);
        int length = random.Next(30) == 0 ? random.Next(datagram.Length + 8) : datagram.Length;
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)length);
        Checksum(datagram, UdpHeader.ChecksumOffset);
        return datagram;
    }

    private byte[] Icmp(bool ipv4)
    {
        byte[] message = Sized(8);
        byte[] queries = ipv4 ? [0, 8, 13, 14, 15, 17, 18] : [128, 129];
        message[0] = random.Next(4) == 0 ? (byte)random.Next(256) : queries[random.Next(queries.Length)];
        Checksum(message, IcmpHeader.ChecksumOffset);
        return message;
    }

    private void Checksum(byte[] body, int offset)
    {
        ushort? value = random.Next(12) switch { 0 => 0, 1 => ushort.MaxValue, _ => null };
        if (value is { } given)
        {
            BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(offset), given);
        }
    }

    private byte[] Sized(int header)
    {
        byte[] bytes = new byte[header + (random.Next(10) == 0 ? random.Next(1300) : random.Next(40))];
        random.NextBytes(bytes);
        return bytes;
    }
}
