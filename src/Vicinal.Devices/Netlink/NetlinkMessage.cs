using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Vicinal.Packets;

namespace Vicinal.Devices.Netlink;

/// <summary>
/// Writes netlink messages one after the other into a buffer that grows (linux/netlink.h): header, the family's fixed part, attributes, which
/// nest. Lengths are filled in when a message or nest is closed. Numbers are in host order unless a method says otherwise.
/// </summary>
internal sealed class NetlinkMessage
{
    private const int HeaderSize = 16;
    private const int AttributeHeaderSize = 4;
    private const ushort Nested = 0x8000;

    private byte[] _bytes = new byte[1024];
    private int _start;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public NetlinkMessage Clear()
    {
        Length = 0;
        return this;
    }

    /// <summary>Opens a message with its fixed part, zeroed; the caller fills the returned span before the next call.</summary>
    public Span<byte> Begin(ushort type, ushort flags, uint sequence, int fixedSize)
    {
        _start = Length;
        Span<byte> header = Grow(HeaderSize);
        MemoryMarshal.Write(header[4..], type);
        MemoryMarshal.Write(header[6..], flags);
        MemoryMarshal.Write(header[8..], sequence);
        Span<byte> body = Grow(Align(fixedSize));
        return body[..fixedSize];
    }

    public void End() => MemoryMarshal.Write(_bytes.AsSpan(_start), Length - _start);

    public void Put(ushort type, ReadOnlySpan<byte> value)
    {
        int size = AttributeHeaderSize + value.Length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, ushort.MaxValue, nameof(value));
        Span<byte> target = Grow(Align(size));
        MemoryMarshal.Write(target, (ushort)size);
        MemoryMarshal.Write(target[2..], type);
        value.CopyTo(target[AttributeHeaderSize..]);
    }

    public void PutFlag(ushort type) => Put(type, []);

    public void PutByte(ushort type, byte value) => Put(type, [value]);

    public void PutUInt16(ushort type, ushort value) => Put(type, MemoryMarshal.AsBytes(new ReadOnlySpan<ushort>(in value)));

    public void PutUInt32(ushort type, uint value) => Put(type, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)));

    public void PutBigEndian(ushort type, uint value) => PutUInt32(type, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    /// <summary>UTF-8 with a terminating zero.</summary>
    public void PutString(ushort type, string value)
    {
        Span<byte> bytes = stackalloc byte[512];
        int count = Encoding.UTF8.GetBytes(value, bytes[..^1]);
        bytes[count] = 0;
        Put(type, bytes[..(count + 1)]);
    }

    public void PutMac(ushort type, MacAddress mac)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Size];
        mac.Write(bytes);
        Put(type, bytes);
    }

    public void PutAddress(ushort type, IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.IsIpv4)
        {
            address.WriteIpv4(bytes);
            Put(type, bytes[..4]);
        }
        else
        {
            address.WriteIpv6(bytes);
            Put(type, bytes);
        }
    }

    /// <summary>Opens a nested attribute; pass what it returns to <see cref="EndNest"/>. Rtnetlink takes the flag or not; nfnetlink wants it.</summary>
    public int BeginNest(ushort type, bool flagged = true)
    {
        int start = Length;
        Span<byte> header = Grow(AttributeHeaderSize);
        MemoryMarshal.Write(header[2..], flagged ? (ushort)(type | Nested) : type);
        return start;
    }

    public void EndNest(int start)
    {
        int size = Length - start;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, ushort.MaxValue, nameof(start));
        MemoryMarshal.Write(_bytes.AsSpan(start), (ushort)size);
    }

    /// <summary>Bytes without an attribute header, for fixed structs inside a nest.</summary>
    public Span<byte> PutRaw(int size) => Grow(Align(size))[..size];

    public static int Align(int size) => (size + 3) & ~3;

    private Span<byte> Grow(int size)
    {
        if (Length + size > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + size));
        }

        Span<byte> added = _bytes.AsSpan(Length, size);
        added.Clear();
        Length += size;
        return added;
    }
}
