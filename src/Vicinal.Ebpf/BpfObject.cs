using Vicinal.Ebpf.Elf;

namespace Vicinal.Ebpf;

/// <summary>
/// The programs of an object file in the kernel, and their maps. Disposing closes its programs and the maps that it made itself; maps that the
/// resolver gave stay with whoever gave them.
/// </summary>
public sealed class BpfObject : IDisposable
{
    private readonly Dictionary<string, BpfMap> _maps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BpfProgram> _programs = new(StringComparer.Ordinal);
    private readonly List<BpfMap> _own = [];

    private BpfObject()
    {
    }

    public IReadOnlyDictionary<string, BpfMap> Maps => _maps;

    /// <summary>By the functions' full names, which the kernel cuts off.</summary>
    public IReadOnlyDictionary<string, BpfProgram> Programs => _programs;

    /// <summary>Loads all programs of an object file as tc classifiers.</summary>
    /// <param name="resolve">
    /// Gives a map for a definition, for example a pinned one or one with more entries; null lets the object make it as defined.
    /// </param>
    public static BpfObject Load(ReadOnlySpan<byte> elf, Func<BpfMapDefinition, BpfMap?>? resolve = null) => Load(BpfObjectFile.Parse(elf), resolve);

    public static BpfObject Load(BpfObjectFile file, Func<BpfMapDefinition, BpfMap?>? resolve = null)
    {
        BpfObject loaded = new();
        try
        {
            foreach (BpfMapDefinition definition in file.Maps)
            {
                loaded._maps.Add(definition.Name, resolve?.Invoke(definition) ?? loaded.Create(definition));
            }

            foreach (BpfObjectProgram program in file.Programs)
            {
                loaded._programs.Add(program.Name, loaded.Load(program, file.License));
            }

            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    public BpfMap Map(string name) => _maps.TryGetValue(name, out BpfMap? map)
        ? map
        : throw new ArgumentException($"The object has no map '{name}', only {string.Join(", ", _maps.Keys)}.", nameof(name));

    public BpfProgram Program(string name) => _programs.TryGetValue(name, out BpfProgram? program)
        ? program
        : throw new ArgumentException($"The object has no program '{name}', only {string.Join(", ", _programs.Keys)}.", nameof(name));

    public void Dispose()
    {
        foreach (BpfProgram program in _programs.Values)
        {
            program.Dispose();
        }

        foreach (BpfMap map in _own)
        {
            map.Dispose();
        }
    }

    private BpfMap Create(BpfMapDefinition definition)
    {
        BpfMap map = BpfMap.Create(definition);
        _own.Add(map);
        return map;
    }

    private BpfProgram Load(BpfObjectProgram program, string license)
    {
        BpfInstruction[] instructions = [.. program.Instructions];
        foreach (MapReference reference in program.References)
        {
            instructions[reference.Instruction] = instructions[reference.Instruction].WithMap(_maps[reference.Map].Handle);
        }

        return BpfProgram.Load(program.Name, BpfProgramType.SchedulerClassifier, instructions, license);
    }
}
