using Vicinal.Ebpf.Elf;

namespace Vicinal.Ebpf;

/// <summary>
/// The node's maps: those that an earlier agent pinned, where their layout is today's, else new ones. A set is adopted as a whole or not at
/// all, since entries of one refer to another.
/// </summary>
internal sealed class FastPathMaps : IDisposable
{
    private readonly Dictionary<string, BpfMap> _maps = new(StringComparer.Ordinal);

    private FastPathMaps()
    {
    }

    /// <summary>An earlier agent's.</summary>
    public bool Adopted { get; private set; }

    public BpfMap this[string name] => _maps[name];

    public BpfMap? Resolve(BpfMapDefinition definition) => _maps.GetValueOrDefault(definition.Name);

    /// <param name="directory">Of this layout's pins; null for maps that end with the process.</param>
    public static FastPathMaps Open(BpfObjectFile file, string? directory, FastPathSettings settings)
    {
        List<BpfMapDefinition> definitions = [.. file.Maps.Select(map => Sized(map, settings))];
        FastPathMaps maps = new();
        try
        {
            maps.Adopted = directory is not null && maps.TryAdopt(definitions, directory);
            if (!maps.Adopted)
            {
                maps.Create(definitions, directory);
            }

            return maps;
        }
        catch
        {
            maps.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (BpfMap map in _maps.Values)
        {
            map.Dispose();
        }

        _maps.Clear();
    }

    private static BpfMapDefinition Sized(BpfMapDefinition map, FastPathSettings settings) => map.Name switch
    {
        "flows" => map with { MaxEntries = settings.Flows },
        "connections" => map with { MaxEntries = 2 * settings.Connections },
        _ => map,
    };

    private bool TryAdopt(List<BpfMapDefinition> definitions, string directory)
    {
        try
        {
            foreach (BpfMapDefinition definition in definitions)
            {
                if (BpfMap.TryOpenPinned(Path.Combine(directory, definition.Name), definition) is not { } map)
                {
                    Dispose();
                    return false;
                }

                _maps[definition.Name] = map;
            }

            return true;
        }
        catch (BpfMapMismatchException)
        {
            // Another size was asked for; what was there is flushed.
            Dispose();
            return false;
        }
    }

    private void Create(List<BpfMapDefinition> definitions, string? directory)
    {
        foreach (BpfMapDefinition definition in definitions)
        {
            BpfMap map = BpfMap.Create(definition);
            _maps[definition.Name] = map;
            if (directory is not null)
            {
                string path = Path.Combine(directory, definition.Name);
                _ = BpfFileSystem.Unlink(path);
                map.Pin(path);
            }
        }
    }
}
