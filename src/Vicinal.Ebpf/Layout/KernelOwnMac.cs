using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Layout;

/// <summary>struct own_mac: a MAC on a provider network whose frames are ours and not the host's.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelOwnMac : IEquatable<KernelOwnMac>
{
    public const int Size = 12;

    [FieldOffset(0)]
    public uint Physical;

    [FieldOffset(4)]
    public ushort Vlan;

    [FieldOffset(6)]
    public ushort MacFirst;

    [FieldOffset(8)]
    public uint MacRest;

    public KernelOwnMac(int physical, ushort vlan, MacAddress mac)
    {
        Span<byte> bytes = stackalloc byte[6];
        mac.Write(bytes);
        Physical = (uint)physical;
        Vlan = vlan;
        MacFirst = MemoryMarshal.Read<ushort>(bytes);
        MacRest = MemoryMarshal.Read<uint>(bytes[2..]);
    }

    public readonly bool Equals(KernelOwnMac other) =>
        Physical == other.Physical && Vlan == other.Vlan && MacFirst == other.MacFirst && MacRest == other.MacRest;

    public override readonly bool Equals(object? obj) => obj is KernelOwnMac other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(Physical, Vlan, MacFirst, MacRest);
}
