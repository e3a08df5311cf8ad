using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Vicinal.Packets;

/// <summary>
/// Unchecked big-endian reads for the frame parser, which compares each length once and then reads. Callers own the bounds;
/// everything outside the parser reads through spans.
/// </summary>
internal static class WireOrder
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte U8(ref byte start, int offset) => Unsafe.Add(ref start, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort U16(ref byte start, int offset) => Order(Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint U32(ref byte start, int offset) => Order(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong U64(ref byte start, int offset) => Order(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IpAddress Ipv6(ref byte start, int offset) => new(U64(ref start, offset), U64(ref start, offset + 8));

    private static ushort Order(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static uint Order(uint value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static ulong Order(ulong value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
