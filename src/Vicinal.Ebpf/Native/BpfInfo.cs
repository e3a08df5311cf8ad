using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Native;

/// <summary>struct bpf_map_info, its beginning.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct MapInfo
{
    [FieldOffset(0)] public uint Type;
    [FieldOffset(4)] public uint Id;
    [FieldOffset(8)] public uint KeySize;
    [FieldOffset(12)] public uint ValueSize;
    [FieldOffset(16)] public uint MaxEntries;
    [FieldOffset(20)] public uint Flags;
    [FieldOffset(24)] public fixed byte Name[BpfAttributes.NameLength];
}

/// <summary>struct bpf_prog_info, its beginning.</summary>
[StructLayout(LayoutKind.Explicit, Size = 80)]
internal unsafe struct ProgramInfo
{
    [FieldOffset(0)] public uint Type;
    [FieldOffset(4)] public uint Id;
    [FieldOffset(8)] public ulong Tag;
    [FieldOffset(64)] public fixed byte Name[BpfAttributes.NameLength];
}

/// <summary>struct bpf_link_info with its tcx member.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct LinkInfo
{
    [FieldOffset(0)] public uint Type;
    [FieldOffset(4)] public uint Id;
    [FieldOffset(8)] public uint ProgramId;

    /// <summary>0 once the interface is gone.</summary>
    [FieldOffset(16)] public int InterfaceIndex;
    [FieldOffset(20)] public uint AttachType;
}
