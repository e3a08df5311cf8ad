using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Elf;

/// <summary>One executable section: the functions in it, and the relocations that fill in their maps.</summary>
internal sealed class ProgramSection(ElfImage image, ElfSection section, MapSymbols maps)
{
    private const uint R_BPF_64_64 = 1;
    private const int RelocationSize = 16;

    public IEnumerable<BpfObjectProgram> Programs()
    {
        List<Relocation> relocations = ReadRelocations();
        ElfSymbol[] functions = [.. image.Symbols.Where(s => s.Section == section.Index && s.Kind == ElfSymbolKind.Function).OrderBy(s => s.Value)];
        ulong end = 0;
        foreach (ElfSymbol function in functions)
        {
            if (function.Value < end)
            {
                throw new BpfObjectException($"Function '{function.Name}' in section '{section.Name}' overlaps another.");
            }

            BpfObjectProgram program = ReadProgram(function, relocations);
            end = function.Value + function.Size;
            yield return program;
        }
    }

    private BpfObjectProgram ReadProgram(ElfSymbol function, List<Relocation> relocations)
    {
        ulong size = (ulong)section.Content.Length;
        if (function.Name.Length == 0 || function.Size == 0 || (function.Value | function.Size) % BpfInstruction.Size != 0
            || function.Value > size || function.Size > size - function.Value)
        {
            throw new BpfObjectException($"Function '{function.Name}' does not lie in its section '{section.Name}'.");
        }

        BpfInstruction[] instructions =
            MemoryMarshal.Cast<byte, BpfInstruction>(section.Content.Span.Slice((int)function.Value, (int)function.Size)).ToArray();
        if (instructions.Any(i => i.Code == BpfInstruction.Call && i.Source == BpfInstruction.FunctionSource))
        {
            throw new BpfObjectException($"Program '{function.Name}' calls a function of its own, which is not supported: make it always_inline.");
        }

        List<MapReference> references = [];
        foreach (Relocation relocation in relocations.Where(r => r.Offset >= function.Value && r.Offset - function.Value < function.Size))
        {
            references.Add(Resolve(function, instructions, relocation));
        }

        return new BpfObjectProgram(function.Name, section.Name, instructions, references);
    }

    private MapReference Resolve(ElfSymbol function, BpfInstruction[] instructions, Relocation relocation)
    {
        ulong offset = relocation.Offset - function.Value;
        int index = (int)(offset / BpfInstruction.Size);
        if (relocation.Type != R_BPF_64_64 || offset % BpfInstruction.Size != 0 || index + 1 >= instructions.Length
            || instructions[index].Code != BpfInstruction.LoadWide)
        {
            throw new BpfObjectException(
                $"Program '{function.Name}' has a relocation (type {relocation.Type}, against '{relocation.Symbol.Name}') that is not supported.");
        }

        return new MapReference(index, maps.NameOf(relocation.Symbol, instructions[index].Immediate, function.Name));
    }

    private List<Relocation> ReadRelocations()
    {
        List<Relocation> relocations = [];
        foreach (ElfSection table in image.Sections.Where(s => s.Type is ElfImage.SHT_REL or ElfImage.SHT_RELA && s.Info == section.Index))
        {
            if (table.Type == ElfImage.SHT_RELA)
            {
                throw new BpfObjectException($"Section '{section.Name}' has relocations with addends, which BPF objects do not have.");
            }

            ReadOnlySpan<byte> bytes = table.Content.Span;
            for (int at = 0; at + RelocationSize <= bytes.Length; at += RelocationSize)
            {
                ulong info = ElfImage.U64(bytes, at + 8);
                int symbol = (int)Math.Min(info >> 32, int.MaxValue);
                relocations.Add(symbol < image.Symbols.Count
                    ? new Relocation(ElfImage.U64(bytes, at), (uint)info, image.Symbols[symbol])
                    : throw new BpfObjectException($"A relocation of section '{section.Name}' names a symbol that is not there."));
            }
        }

        return relocations;
    }

    private readonly record struct Relocation(ulong Offset, uint Type, ElfSymbol Symbol);
}
