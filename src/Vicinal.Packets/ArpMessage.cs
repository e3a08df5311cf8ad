using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>ARP for IPv4 over Ethernet (RFC 826).</summary>
public readonly record struct ArpMessage(
    ushort Operation, MacAddress SenderMac, IpAddress SenderAddress, MacAddress TargetMac, IpAddress TargetAddress)
{
    public const int Size = 28;
    public const ushort Request = 1;
    public const ushort Reply = 2;

    /// <summary>Hardware type 1, protocol 0x0800, lengths 6 and 4: the only ARP there is on these networks.</summary>
    private const ulong EthernetIpv4 = 0x0001_0800_0604;

    /// <summary>A probe asks whether an address is free and teaches nobody (RFC 5227 section 1.1).</summary>
    public bool IsProbe => Operation == Request && SenderAddress.IsUnspecified;

    /// <summary>An announcement (RFC 5227 section 2.3) or gratuitous ARP: sender and target address are the same.</summary>
    public bool IsGratuitous => SenderAddress == TargetAddress;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out ArpMessage message)
    {
        message = default;
        if (bytes.Length < Size)
        {
            return false;
        }

        ulong fixedPart = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        if (fixedPart >> 16 != EthernetIpv4)
        {
            return false;
        }

        message = new ArpMessage(
            (ushort)fixedPart,
            MacAddress.Read(bytes[8..]),
            IpAddress.ReadIpv4(bytes[14..]),
            MacAddress.Read(bytes[18..]),
            IpAddress.ReadIpv4(bytes[24..]));
        return true;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, (EthernetIpv4 << 16) | Operation);
        SenderMac.Write(target[8..]);
        SenderAddress.WriteIpv4(target[14..]);
        TargetMac.Write(target[18..]);
        TargetAddress.WriteIpv4(target[24..]);
    }
}
