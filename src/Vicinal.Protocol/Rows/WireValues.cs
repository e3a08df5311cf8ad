using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Vicinal.Packets;

namespace Vicinal.Protocol.Rows;

/// <summary>Identifiers and addresses as octets in network order. What is read is checked: its length decides nothing but what it is.</summary>
public static class WireValues
{
    public static ByteString Of(Guid id)
    {
        byte[] bytes = new byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    public static ByteString Of(IpAddress address)
    {
        byte[] bytes = new byte[address.Bits / 8];
        Write(address, bytes);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    public static ByteString Of(IpPrefix prefix)
    {
        byte[] bytes = new byte[(prefix.Address.Bits / 8) + 1];
        Write(prefix.Address, bytes);
        bytes[^1] = (byte)prefix.Length;
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    public static Guid Id(ByteString bytes) =>
        bytes.Length == 16 ? new Guid(bytes.Span, bigEndian: true) : throw new WireFault($"an identifier of {bytes.Length} octets");

    public static IpAddress Address(ByteString bytes) => Address(bytes.Span);

    public static IpPrefix Prefix(ByteString bytes)
    {
        if (bytes.IsEmpty)
        {
            throw new WireFault("an empty prefix");
        }

        IpAddress address = Address(bytes.Span[..^1]);
        int length = bytes[bytes.Length - 1];
        if (length > address.Bits)
        {
            throw new WireFault($"a prefix length of {length}");
        }

        IpPrefix prefix = new(address, length);
        return prefix.Address == address ? prefix : throw new WireFault("a prefix with host bits");
    }

    public static MacAddress Mac(ulong value) => value >> 48 == 0 ? new MacAddress(value) : throw new WireFault("a MAC address of more than 48 bits");

    public static ValueList<IpAddress> Addresses(RepeatedField<ByteString> list) => list.Select(Address).ToValueList();

    public static ValueList<IpPrefix> Prefixes(RepeatedField<ByteString> list) => list.Select(Prefix).ToValueList();

    public static ValueList<Guid> Ids(RepeatedField<ByteString> list) => list.Select(Id).ToValueList();

    public static ushort UInt16(uint value) => value <= ushort.MaxValue ? (ushort)value : throw new WireFault($"{value} where 16 bits are");

    public static byte Octet(uint value) => value <= byte.MaxValue ? (byte)value : throw new WireFault($"{value} where an octet is");

    private static void Write(IpAddress address, Span<byte> target)
    {
        if (address.IsIpv4)
        {
            address.WriteIpv4(target);
        }
        else
        {
            address.WriteIpv6(target);
        }
    }

    private static IpAddress Address(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 4)
        {
            return IpAddress.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(bytes));
        }

        IpAddress address = bytes.Length == 16 ? IpAddress.ReadIpv6(bytes) : throw new WireFault($"an address of {bytes.Length} octets");

        // Here ::ffff:a.b.c.d is how IPv4 looks in memory; on the wire it is neither.
        return address.IsIpv6 ? address : throw new WireFault("a v4-mapped address");
    }
}
