using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Datapath.Flows;

/// <summary>A MAC in six bytes as it stands on the wire, which is how C and the kernel have it.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2, Size = 6)]
public readonly record struct PackedMac
{
    private readonly ushort _first;
    private readonly ushort _second;
    private readonly ushort _third;

    public PackedMac(MacAddress mac)
    {
        _first = WireOrder((ushort)(mac.Value >> 32));
        _second = WireOrder((ushort)(mac.Value >> 16));
        _third = WireOrder((ushort)mac.Value);
    }

    public MacAddress Value => new(((ulong)WireOrder(_first) << 32) | ((ulong)WireOrder(_second) << 16) | WireOrder(_third));

    public void Write(Span<byte> target) => MemoryMarshal.Write(target, this);

    public override string ToString() => Value.ToString();

    private static ushort WireOrder(ushort value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
