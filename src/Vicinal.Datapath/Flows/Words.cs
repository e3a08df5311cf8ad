using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Vicinal.Datapath.Flows;

/// <summary>Neighbouring fields put together as the one word that they are in memory, whichever end the machine begins at.</summary>
internal static class Words
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Join(uint first, uint second) =>
        BitConverter.IsLittleEndian ? first | ((ulong)second << 32) : second | ((ulong)first << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Join(ushort first, ushort second) =>
        BitConverter.IsLittleEndian ? first | ((uint)second << 16) : second | ((uint)first << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Join(byte first, byte second) =>
        (ushort)(BitConverter.IsLittleEndian ? first | (second << 8) : second | (first << 8));

    /// <summary>A word whose bytes stand in memory as on the wire, the most significant of <paramref name="value"/> first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FromWire(ulong value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FromWire(uint value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
