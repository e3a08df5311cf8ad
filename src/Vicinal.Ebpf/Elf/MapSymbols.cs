namespace Vicinal.Ebpf.Elf;

/// <summary>The maps that an object declares: each a symbol in section "maps" over five words, struct bpf_map_def.</summary>
internal sealed class MapSymbols
{
    public const string SectionName = "maps";

    /// <summary>sizeof(struct bpf_map_def): type, key_size, value_size, max_entries, map_flags.</summary>
    private const int DefinitionSize = 20;

    private readonly Dictionary<ulong, BpfMapDefinition> _byOffset = [];
    private readonly int _section;

    private MapSymbols(int section) => _section = section;

    public IReadOnlyList<BpfMapDefinition> Definitions => [.. _byOffset.OrderBy(pair => pair.Key).Select(pair => pair.Value)];

    public static MapSymbols Read(ElfImage image)
    {
        if (image.Sections.FirstOrDefault(s => s.Name == ".maps" && !s.Content.IsEmpty) is not null)
        {
            throw new BpfObjectException("The object declares maps by BTF, in section '.maps': declare them as struct bpf_map_def in section 'maps'.");
        }

        ElfSection? section = image.Sections.FirstOrDefault(s => s.Name == SectionName);
        MapSymbols maps = new(section?.Index ?? -1);
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (ElfSymbol symbol in image.Symbols.Where(s => s.Section == section?.Index && s.Kind == ElfSymbolKind.Object))
        {
            if (!names.Add(symbol.Name) || !maps._byOffset.TryAdd(symbol.Value, DefinitionOf(symbol, section!)))
            {
                throw new BpfObjectException($"The object declares map '{symbol.Name}' twice.");
            }
        }

        return maps;
    }

    /// <summary>The map that a relocation against <paramref name="symbol"/> means, whose addend counts from the symbol.</summary>
    public string NameOf(ElfSymbol symbol, int addend, string program)
    {
        if (symbol.Section == _section && addend >= 0 && _byOffset.TryGetValue(symbol.Value + (ulong)addend, out BpfMapDefinition? map))
        {
            return map.Name;
        }

        throw new BpfObjectException(
            $"Program '{program}' refers to '{symbol.Name}', which is no map: global and static variables are not supported.");
    }

    private static BpfMapDefinition DefinitionOf(ElfSymbol symbol, ElfSection section)
    {
        ulong size = (ulong)section.Content.Length;
        if (symbol.Name.Length == 0 || symbol.Size < DefinitionSize || symbol.Value > size || symbol.Size > size - symbol.Value)
        {
            throw new BpfObjectException($"Map '{symbol.Name}' is not a struct bpf_map_def of {DefinitionSize} bytes.");
        }

        ReadOnlySpan<byte> bytes = section.Content.Span.Slice((int)symbol.Value, (int)symbol.Size);
        if (bytes[DefinitionSize..].ContainsAnyExcept((byte)0))
        {
            throw new BpfObjectException($"Map '{symbol.Name}' has fields beyond those of struct bpf_map_def.");
        }

        return new BpfMapDefinition(
            symbol.Name,
            (BpfMapType)ElfImage.U32(bytes, 0),
            Number(bytes, 4, symbol.Name, "key_size"),
            Number(bytes, 8, symbol.Name, "value_size"),
            Number(bytes, 12, symbol.Name, "max_entries"),
            (BpfMapFlags)ElfImage.U32(bytes, 16));
    }

    private static int Number(ReadOnlySpan<byte> bytes, int at, string map, string field)
    {
        uint value = ElfImage.U32(bytes, at);
        return value <= int.MaxValue ? (int)value : throw new BpfObjectException($"Map '{map}' has {field} {value}, which is too much.");
    }
}
