using System.Buffers.Binary;
using System.Text;

namespace Vicinal.Ebpf.Elf;

/// <summary>
/// The sections and symbols of a 64-bit little-endian relocatable ELF file for BPF (elf(5)), as views into the file. Every offset and length is checked
/// against the file before it is used; what does not fit throws <see cref="BpfObjectException"/>.
/// </summary>
internal sealed class ElfImage
{
    public const uint SHT_PROGBITS = 1;
    public const uint SHT_SYMTAB = 2;
    public const uint SHT_RELA = 4;
    public const uint SHT_NOBITS = 8;
    public const uint SHT_REL = 9;
    public const ulong SHF_EXECINSTR = 4;

    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const ushort ET_REL = 1;
    private const ushort EM_BPF = 247;

    private readonly ReadOnlyMemory<byte> _file;

    public ElfImage(ReadOnlyMemory<byte> file)
    {
        _file = file;
        ReadOnlySpan<byte> header = file.Span;
        if (header.Length < HeaderSize || !header.StartsWith("\u007fELF"u8))
        {
            throw new BpfObjectException("The object is not an ELF file.");
        }

        if (header[4] != 2 || header[5] != 1 || U16(header, 16) != ET_REL || U16(header, 18) != EM_BPF)
        {
            throw new BpfObjectException("The object is not a relocatable 64-bit little-endian BPF file: compile with `clang -target bpf -c`.");
        }

        Sections = ReadSections(U64(header, 40), U16(header, 58), U16(header, 60), U16(header, 62));
        Symbols = ReadSymbols();
    }

    public IReadOnlyList<ElfSection> Sections { get; }

    public IReadOnlyList<ElfSymbol> Symbols { get; }

    public static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    public static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    public static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private ElfSection[] ReadSections(ulong offset, int entrySize, int count, int namesIndex)
    {
        if (entrySize != SectionHeaderSize || count == 0 || namesIndex >= count)
        {
            throw new BpfObjectException("The object's section table is odd.");
        }

        ReadOnlySpan<byte> table = View(offset, (ulong)count * SectionHeaderSize, "section table").Span;
        ReadOnlySpan<byte> names = ContentOf(table, namesIndex, "section names").Span;
        ElfSection[] sections = new ElfSection[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = table.Slice(i * SectionHeaderSize, SectionHeaderSize);
            string name = NameAt(names, U32(entry, 0));
            sections[i] = new ElfSection(
                i, name, U32(entry, 4), U64(entry, 8), ContentOf(table, i, name), (int)Math.Min(U32(entry, 40), int.MaxValue), U32(entry, 44));
        }

        return sections;
    }

    private ElfSymbol[] ReadSymbols()
    {
        ElfSection[] tables = [.. Sections.Where(s => s.Type == SHT_SYMTAB)];
        if (tables is not [var table] || table.Link >= Sections.Count)
        {
            throw new BpfObjectException("The object has no symbol table, or one too many, or one without names.");
        }

        ReadOnlySpan<byte> bytes = table.Content.Span;
        ReadOnlySpan<byte> names = Sections[table.Link].Content.Span;
        ElfSymbol[] symbols = new ElfSymbol[bytes.Length / SymbolSize];
        for (int i = 0; i < symbols.Length; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(i * SymbolSize, SymbolSize);
            symbols[i] = new ElfSymbol(NameAt(names, U32(entry, 0)), (ElfSymbolKind)(entry[4] & 0xF), U16(entry, 6), U64(entry, 8), U64(entry, 16));
        }

        return symbols;
    }

    private ReadOnlyMemory<byte> ContentOf(ReadOnlySpan<byte> table, int index, string name)
    {
        ReadOnlySpan<byte> entry = table.Slice(index * SectionHeaderSize, SectionHeaderSize);
        return U32(entry, 4) is SHT_NOBITS or 0 ? default : View(U64(entry, 24), U64(entry, 32), $"section '{name}'");
    }

    private ReadOnlyMemory<byte> View(ulong offset, ulong length, string what)
    {
        ulong size = (ulong)_file.Length;
        return offset <= size && length <= size - offset
            ? _file.Slice((int)offset, (int)length)
            : throw new BpfObjectException($"The object is cut short or damaged: its {what} lies outside the file.");
    }

    private static string NameAt(ReadOnlySpan<byte> names, uint offset)
    {
        if (offset >= (uint)names.Length)
        {
            return offset == 0 ? "" : throw new BpfObjectException("The object is damaged: a name lies outside its table.");
        }

        ReadOnlySpan<byte> rest = names[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(rest[..end]) : throw new BpfObjectException("The object is damaged: a name has no end.");
    }
}

/// <summary>A section; <paramref name="Link"/> and <paramref name="Info"/> point to others, as its type says.</summary>
internal sealed record ElfSection(int Index, string Name, uint Type, ulong Flags, ReadOnlyMemory<byte> Content, int Link, uint Info);

internal enum ElfSymbolKind
{
    None = 0,
    Object = 1,
    Function = 2,
    Section = 3,
}

/// <summary>A symbol: a place in a section, by offset and size in bytes.</summary>
internal sealed record ElfSymbol(string Name, ElfSymbolKind Kind, int Section, ulong Value, ulong Size);
