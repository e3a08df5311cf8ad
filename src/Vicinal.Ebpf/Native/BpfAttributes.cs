using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Native;

/// <summary>
/// The members of union bpf_attr that are used here (linux/bpf.h), each cut off behind its last field in use: the kernel takes the rest as zero.
/// Offsets are written out, since C's alignment rules and .NET's are two things.
/// </summary>
internal static class BpfAttributes
{
    /// <summary>BPF_OBJ_NAME_LEN, with the terminating zero.</summary>
    public const int NameLength = 16;
}

/// <summary>BPF_MAP_CREATE.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal unsafe struct MapCreateAttributes
{
    [FieldOffset(0)] public uint Type;
    [FieldOffset(4)] public uint KeySize;
    [FieldOffset(8)] public uint ValueSize;
    [FieldOffset(12)] public uint MaxEntries;
    [FieldOffset(16)] public uint Flags;
    [FieldOffset(28)] public fixed byte Name[BpfAttributes.NameLength];
}

/// <summary>BPF_MAP_*_ELEM and BPF_MAP_GET_NEXT_KEY.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal unsafe struct MapElementAttributes
{
    [FieldOffset(0)] public int Map;
    [FieldOffset(8)] public void* Key;

    /// <summary>The value, or the key that follows.</summary>
    [FieldOffset(16)] public void* Value;
    [FieldOffset(24)] public ulong Flags;
}

/// <summary>BPF_MAP_*_BATCH.</summary>
[StructLayout(LayoutKind.Explicit, Size = 56)]
internal unsafe struct MapBatchAttributes
{
    [FieldOffset(0)] public void* From;
    [FieldOffset(8)] public void* Next;
    [FieldOffset(16)] public void* Keys;
    [FieldOffset(24)] public void* Values;

    /// <summary>In: room. Out: how many were done, also when the call fails half way.</summary>
    [FieldOffset(32)] public uint Count;
    [FieldOffset(36)] public int Map;
    [FieldOffset(40)] public ulong ElementFlags;
    [FieldOffset(48)] public ulong Flags;
}

/// <summary>BPF_PROG_LOAD.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal unsafe struct ProgramLoadAttributes
{
    [FieldOffset(0)] public uint Type;
    [FieldOffset(4)] public uint InstructionCount;
    [FieldOffset(8)] public void* Instructions;
    [FieldOffset(16)] public void* License;
    [FieldOffset(24)] public uint LogLevel;
    [FieldOffset(28)] public uint LogSize;
    [FieldOffset(32)] public void* Log;
    [FieldOffset(44)] public uint Flags;
    [FieldOffset(48)] public fixed byte Name[BpfAttributes.NameLength];
    [FieldOffset(68)] public uint ExpectedAttachType;
}

/// <summary>BPF_PROG_TEST_RUN.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal unsafe struct TestRunAttributes
{
    [FieldOffset(0)] public int Program;
    [FieldOffset(4)] public uint ReturnValue;
    [FieldOffset(8)] public uint InputSize;
    [FieldOffset(12)] public uint OutputSize;
    [FieldOffset(16)] public void* Input;
    [FieldOffset(24)] public void* Output;
    [FieldOffset(32)] public uint Repeat;

    /// <summary>Nanoseconds for one run, on average.</summary>
    [FieldOffset(36)] public uint Duration;
    [FieldOffset(40)] public uint ContextInputSize;
    [FieldOffset(44)] public uint ContextOutputSize;
    [FieldOffset(48)] public void* ContextInput;
    [FieldOffset(56)] public void* ContextOutput;
}

/// <summary>BPF_OBJ_PIN and BPF_OBJ_GET.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct PathAttributes
{
    [FieldOffset(0)] public void* Path;
    [FieldOffset(8)] public int Descriptor;
    [FieldOffset(12)] public uint Flags;
}

/// <summary>BPF_*_GET_FD_BY_ID.</summary>
[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct IdAttributes
{
    [FieldOffset(0)] public uint Id;
    [FieldOffset(8)] public uint Flags;
}

/// <summary>BPF_OBJ_GET_INFO_BY_FD.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct InfoAttributes
{
    [FieldOffset(0)] public int Descriptor;
    [FieldOffset(4)] public uint Length;
    [FieldOffset(8)] public void* Info;
}

/// <summary>BPF_LINK_CREATE on an interface.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct LinkCreateAttributes
{
    [FieldOffset(0)] public int Program;
    [FieldOffset(4)] public int InterfaceIndex;
    [FieldOffset(8)] public uint AttachType;
    [FieldOffset(12)] public uint Flags;
}

/// <summary>BPF_LINK_UPDATE, and with only the first field BPF_LINK_DETACH.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct LinkUpdateAttributes
{
    [FieldOffset(0)] public int Link;
    [FieldOffset(4)] public int NewProgram;
    [FieldOffset(8)] public uint Flags;
    [FieldOffset(12)] public int OldProgram;
}

/// <summary>BPF_PROG_QUERY of what is attached to an interface by tcx.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct QueryAttributes
{
    [FieldOffset(0)] public int InterfaceIndex;
    [FieldOffset(4)] public uint AttachType;
    [FieldOffset(16)] public void* ProgramIds;

    /// <summary>In: room in the arrays. Out: how many there are.</summary>
    [FieldOffset(24)] public uint Count;

    /// <summary>0 for what is attached without a link.</summary>
    [FieldOffset(40)] public void* LinkIds;
}
