using System.Buffers.Binary;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>
/// What stands outside of a tunnel header, from the RFCs and from nothing of ours: IPv4 (RFC 791) or IPv6 (RFC 8200) with the inner packet's traffic
/// class (RFC 6040) and no fragmentation, UDP (RFC 768) without a checksum (RFC 6935), to the ports of Geneve (RFC 8926) and VXLAN (RFC 7348); or
/// GRE's protocol number and nothing else (RFC 2784).
/// </summary>
internal static class OuterHeaders
{
    public static byte[] Udp(IpAddress source, IpAddress destination, ushort sourcePort, ushort destinationPort, byte trafficClass, ReadOnlySpan<byte> payload)
    {
        byte[] udp = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(udp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(2), destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)(payload.Length + 8));
        return Ip(source, destination, 17, trafficClass, [.. udp, .. payload]);
    }

    public static byte[] Gre(IpAddress source, IpAddress destination, byte trafficClass, ReadOnlySpan<byte> payload) =>
        Ip(source, destination, 47, trafficClass, payload);

    private static byte[] Ip(IpAddress source, IpAddress destination, byte protocol, byte trafficClass, ReadOnlySpan<byte> payload)
    {
        byte[] ip = source.IsIpv4
            ? Ipv4(source, destination, protocol, trafficClass, payload.Length)
            : Ipv6(source, destination, protocol, trafficClass, payload.Length);
        byte[] link = new byte[14];
        BinaryPrimitives.WriteUInt16BigEndian(link.AsSpan(12), source.IsIpv4 ? (ushort)0x0800 : (ushort)0x86DD);
        return [.. link, .. ip, .. payload];
    }

    public static ushort PortOf(Encapsulation encapsulation) => encapsulation == Encapsulation.Geneve ? (ushort)6081 : (ushort)4789;

    /// <summary>Makes the checksum of an outer IPv4 header right again.</summary>
    public static void Seal(Span<byte> ip)
    {
        ip[10..12].Clear();
        uint sum = 0;
        for (int i = 0; i < (ip[0] & 15) * 4; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(ip[i..]);
        }

        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~sum);
    }

    private static byte[] Ipv4(IpAddress source, IpAddress destination, byte protocol, byte tos, int length)
    {
        byte[] ip = [0x45, tos, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0, .. new byte[8]];
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)(length + 20));
        source.WriteIpv4(ip.AsSpan(12));
        destination.WriteIpv4(ip.AsSpan(16));
        Seal(ip);
        return ip;
    }

    private static byte[] Ipv6(IpAddress source, IpAddress destination, byte protocol, byte trafficClass, int length)
    {
        byte[] ip = [(byte)(0x60 | (trafficClass >> 4)), (byte)(trafficClass << 4), 0, 0, 0, 0, protocol, 64, .. new byte[32]];
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(4), (ushort)length);
        source.WriteIpv6(ip.AsSpan(8));
        destination.WriteIpv6(ip.AsSpan(24));
        return ip;
    }
}
