using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Vicinal.Packets;

/// <summary>
/// The internet checksum (RFC 1071) of IPv4, TCP, UDP and ICMP. A "sum" is a one's complement sum of 16-bit big-endian words that is
/// not yet complemented; sums are added with + and folded once at the end, which 65,536 folded sums may do without overflow.
/// </summary>
public static partial class Checksum
{
    /// <summary>The folded sum of the bytes, an odd last one padded with zero.</summary>
    public static uint Sum(ReadOnlySpan<byte> bytes)
    {
        // Native words are added and the fold is swapped at the end, since one's complement addition commutes with that.
        ulong sum = 0;
        if (Vector256.IsHardwareAccelerated && bytes.Length >= 64)
        {
            sum = SumVectors(bytes, out int done);
            bytes = bytes[done..];
        }

        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(bytes);
        foreach (uint word in words)
        {
            sum += word;
        }

        bytes = bytes[(words.Length * 4)..];
        if (bytes.Length > 0)
        {
            Span<byte> tail = stackalloc byte[4];
            tail.Clear();
            bytes.CopyTo(tail);
            sum += MemoryMarshal.Read<uint>(tail);
        }

        ushort folded = (ushort)FoldNative(sum);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded;
    }

    /// <summary>A sum in 16 bits.</summary>
    public static ushort Fold(uint sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)((sum & 0xFFFF) + (sum >> 16));
    }

    /// <summary>The checksum to put in a header: the complement of the folded sum.</summary>
    public static ushort Complement(uint sum) => (ushort)~Fold(sum);

    /// <summary>The checksum of bytes whose checksum field is zero.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => Complement(Sum(bytes));

    /// <summary>True when bytes that contain their checksum sum up to all ones.</summary>
    public static bool IsRight(ReadOnlySpan<byte> bytes) => Fold(Sum(bytes)) == 0xFFFF;

    /// <summary>The sum of the TCP and UDP pseudo-header (RFC 793, RFC 8200 section 8.1), the same for the IPv6 one of ICMPv6.</summary>
    public static uint PseudoHeader(IpAddress source, IpAddress destination, byte protocol, int length) =>
        SumOf(source) + SumOf(destination) + protocol + ((uint)length >> 16) + ((uint)length & 0xFFFF);

    /// <summary>The folded sum of the words of an address as it stands on the wire.</summary>
    public static uint SumOf(IpAddress address)
    {
        if (address.IsIpv4)
        {
            return Fold((address.Ipv4Value >> 16) + (address.Ipv4Value & 0xFFFF));
        }

        ulong sum = (address.High >> 32) + (address.High & 0xFFFF_FFFF) + (address.Low >> 32) + (address.Low & 0xFFFF_FFFF);
        return FoldNative(sum);
    }

    private static uint FoldNative(ulong sum)
    {
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (uint)((sum & 0xFFFF) + (sum >> 16));
    }

    /// <summary>Adds 32 bytes a step in four 64-bit lanes, which cannot overflow in any span.</summary>
    private static ulong SumVectors(ReadOnlySpan<byte> bytes, out int done)
    {
        ReadOnlySpan<Vector256<uint>> vectors = MemoryMarshal.Cast<byte, Vector256<uint>>(bytes);
        Vector256<ulong> even = Vector256<ulong>.Zero;
        Vector256<ulong> odd = Vector256<ulong>.Zero;
        Vector256<ulong> low = Vector256.Create(0xFFFF_FFFFUL);
        foreach (Vector256<uint> vector in vectors)
        {
            even += vector.AsUInt64() & low;
            odd += Vector256.ShiftRightLogical(vector.AsUInt64(), 32);
        }

        done = vectors.Length * Vector256<byte>.Count;
        return Vector256.Sum(even + odd);
    }
}
