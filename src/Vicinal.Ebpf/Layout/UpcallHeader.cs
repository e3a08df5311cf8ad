using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Layout;

public enum UpcallKind : byte
{
    Port = 1,
    Tunnel = 2,
    Physical = 3,
}

[Flags]
public enum UpcallFlags : byte
{
    None = 0,

    /// <summary>The frame had a VLAN tag, which is in <see cref="UpcallHeader.VlanTci"/> and no longer in the frame.</summary>
    Vlan = 1,

    /// <summary>A collect-metadata device took the tunnel's headers off.</summary>
    Decapsulated = 2,
}

/// <summary>struct upcall: what stands in front of each frame that comes up from the programs. Numbers are little endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct UpcallHeader
{
    public const int Size = 48;

    /// <summary>0x88B5 ("local experimental"), big endian, at offset 12.</summary>
    public const ushort EtherType = 0x88B5;

    [FieldOffset(12)]
    public ushort EtherTypeWire;

    [FieldOffset(14)]
    public UpcallKind Kind;

    [FieldOffset(15)]
    public UpcallFlags Flags;

    /// <summary>Where it came in.</summary>
    [FieldOffset(16)]
    public uint InterfaceIndex;

    [FieldOffset(20)]
    public ushort VlanTci;

    /// <summary>The outer TOS or traffic class.</summary>
    [FieldOffset(22)]
    public byte Tos;

    /// <summary>1 Geneve, 2 VXLAN.</summary>
    [FieldOffset(23)]
    public byte Encapsulation;

    /// <summary>Only with <see cref="UpcallFlags.Decapsulated"/>.</summary>
    [FieldOffset(24)]
    public uint Vni;

    /// <summary>Of a tunnel packet with its headers on: where the tunnel header begins, from the start of the frame.</summary>
    [FieldOffset(28)]
    public ushort Payload;

    [FieldOffset(30)]
    public ushort Version;

    /// <summary>The outer source.</summary>
    [FieldOffset(32)]
    public IpAddress Remote;
}
