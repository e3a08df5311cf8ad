using System.Text;

namespace Vicinal.Ebpf.Elf;

/// <summary>A use of a map in a program: the wide load at <paramref name="Instruction"/> takes the map of that name.</summary>
public readonly record struct MapReference(int Instruction, string Map);

/// <summary>A program of an object file, its map references not yet filled in.</summary>
public sealed record BpfObjectProgram(string Name, string Section, BpfInstruction[] Instructions, IReadOnlyList<MapReference> References);

/// <summary>
/// What an object made by `clang -target bpf -c` holds. Maps are declared the plain way, as struct bpf_map_def in section "maps"; programs are the
/// functions of every executable section but .text. No BTF: no globals, no calls between functions, which the exceptions say where they are met.
/// </summary>
public sealed class BpfObjectFile
{
    private BpfObjectFile(string license, IReadOnlyList<BpfMapDefinition> maps, IReadOnlyList<BpfObjectProgram> programs)
    {
        License = license;
        Maps = maps;
        Programs = programs;
    }

    /// <summary>Section "license", or empty: then the kernel refuses programs that call helpers under the GPL.</summary>
    public string License { get; }

    public IReadOnlyList<BpfMapDefinition> Maps { get; }

    public IReadOnlyList<BpfObjectProgram> Programs { get; }

    /// <summary>Reads an object; throws <see cref="BpfObjectException"/> and nothing else when it is damaged or not supported.</summary>
    public static BpfObjectFile Parse(ReadOnlySpan<byte> file)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Objects are read on little-endian machines only.");
        }

        ElfImage image = new(file.ToArray());
        MapSymbols maps = MapSymbols.Read(image);
        List<BpfObjectProgram> programs = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (ElfSection section in image.Sections.Where(IsProgramSection))
        {
            foreach (BpfObjectProgram program in new ProgramSection(image, section, maps).Programs())
            {
                programs.Add(names.Add(program.Name) ? program : throw new BpfObjectException($"The object has two programs named '{program.Name}'."));
            }
        }

        return new BpfObjectFile(LicenseOf(image), maps.Definitions, programs);
    }

    private static bool IsProgramSection(ElfSection section) =>
        section.Type == ElfImage.SHT_PROGBITS && (section.Flags & ElfImage.SHF_EXECINSTR) != 0 && section.Name != ".text" && !section.Content.IsEmpty;

    private static string LicenseOf(ElfImage image)
    {
        ReadOnlySpan<byte> words = (image.Sections.FirstOrDefault(s => s.Name == "license")?.Content ?? default).Span;
        int end = words.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? words : words[..end]);
    }
}
