namespace Vicinal.Ebpf;

/// <summary>enum bpf_map_type, as far as anybody here needs it; the numbers are the kernel's.</summary>
public enum BpfMapType : uint
{
    Hash = 1,
    Array = 2,
    ProgramArray = 3,
    PerCpuHash = 5,
    PerCpuArray = 6,
    LruHash = 9,
    LruPerCpuHash = 10,
    LpmTrie = 11,
    DevMap = 14,
    DevMapHash = 25,
    RingBuffer = 27,
}

/// <summary>BPF_F_* of BPF_MAP_CREATE.</summary>
[Flags]
public enum BpfMapFlags : uint
{
    None = 0,

    /// <summary>BPF_F_NO_PREALLOC: memory comes entry by entry, slower and not all at once; an LPM trie wants it.</summary>
    NoPreallocation = 1 << 0,

    /// <summary>BPF_F_RDONLY_PROG: programs only read. The kernel sets it on device maps by itself.</summary>
    ReadOnlyForPrograms = 1 << 7,

    /// <summary>BPF_F_MMAPABLE: an array whose values can be mapped into this process (kernel 5.5).</summary>
    MemoryMappable = 1 << 10,
}

/// <summary>BPF_ANY, BPF_NOEXIST, BPF_EXIST.</summary>
public enum BpfUpdateMode : ulong
{
    Any = 0,
    OnlyNew = 1,
    OnlyExisting = 2,
}

/// <summary>What a map is to be: the fields of struct bpf_map_def, and its symbol's name. Sizes are in bytes.</summary>
public sealed record BpfMapDefinition(string Name, BpfMapType Type, int KeySize, int ValueSize, int MaxEntries, BpfMapFlags Flags = BpfMapFlags.None)
{
    /// <summary>A value has one copy for each CPU.</summary>
    public bool IsPerCpu => Type is BpfMapType.PerCpuHash or BpfMapType.PerCpuArray or BpfMapType.LruPerCpuHash;

    /// <summary>What another map of the kernel has otherwise, in words; null when it can stand in for this one. The name is not compared.</summary>
    public string? DifferenceTo(BpfMapDefinition other)
    {
        List<string> words = [];
        Compare(words, "type", Type, other.Type);
        Compare(words, "key size", KeySize, other.KeySize);
        Compare(words, "value size", ValueSize, other.ValueSize);
        Compare(words, "entries", MaxEntries, other.MaxEntries);
        Compare(words, "flags", Flags & ~BpfMapFlags.ReadOnlyForPrograms, other.Flags & ~BpfMapFlags.ReadOnlyForPrograms);
        return words.Count == 0 ? null : string.Join(", ", words);
    }

    private static void Compare<T>(List<string> words, string what, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
        {
            words.Add($"{what} is {found}, expected {expected}");
        }
    }
}
