using System.Reflection;
using System.Runtime.InteropServices;
using Vicinal.Devices;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf.Elf;
using Vicinal.Ebpf.Layout;

namespace Vicinal.Ebpf;

/// <summary>
/// The kernel fast path of one node: programs on its ports and NICs that replay decided flows, and the maps that they share with the agent. It lives
/// in the network namespace of the thread that opens it, and all calls are made on one thread of that namespace. With pins it outlives the
/// process: <see cref="Dispose"/> closes handles, and packets of decided flows go on.
/// </summary>
public sealed partial class FastPath : IDisposable
{
    /// <summary>Of struct layouts and map sizes; another version starts with maps of its own.</summary>
    public const int LayoutVersion = 3;

    private const string Image = "Vicinal.Ebpf.Programs.vicinal.o";

    private readonly FastPathSettings _settings;
    private readonly FastPathMaps _maps;
    private readonly BpfObject _object;
    private readonly Rtnetlink _route;
    private readonly ProgramAttacher _attacher;
    private readonly BpfMap _flows;
    private readonly BpfMap _peers;
    private readonly BpfMappedArray _generations;
    private readonly BpfMappedArray _connections;
    private KernelConfig _config;

    private FastPath(FastPathSettings settings, FastPathMaps maps, BpfObject programs, AttachmentMode mode)
    {
        _settings = settings;
        _maps = maps;
        _object = programs;
        _route = Rtnetlink.Open();
        Mode = mode;
        _attacher = new ProgramAttacher(mode, _route, LinkDirectory(settings));
        _flows = maps["flows"];
        _peers = maps["peers"];
        _generations = maps["generations"].Map();
        _connections = maps["connections"].Map();
        _sweep = new BpfMapSweep(_flows);
        Adopt();
    }

    /// <summary>An earlier agent's maps are used, and what it had decided goes on until it is replaced.</summary>
    public bool Adopted => _maps.Adopted;

    /// <summary>All of it outlives the process.</summary>
    public bool Pinned => _settings.PinDirectory is not null;

    public AttachmentMode Mode { get; }

    /// <summary>This agent's number; what an earlier one put carries another.</summary>
    public ushort Epoch => (ushort)_config.Epoch;

    /// <summary>
    /// Generation slots from here on are this agent's. It has one half of them, and its predecessor the other, so that flows of both are judged by
    /// their own stamps until the last of the old ones is replaced.
    /// </summary>
    public uint FirstGenerationSlot => (_config.Epoch & 1) * ((uint)_generations.Count / 2);

    public uint GenerationSlots => ((uint)_generations.Count / 2) - ReservedSlots;

    /// <summary>Loads the programs, with the maps that were pinned or new ones. Nothing is attached anew yet; what was attached goes on.</summary>
    /// <exception cref="DeviceException">The kernel refuses, and says what.</exception>
    public static FastPath Open(FastPathSettings settings)
    {
        byte[] image = ReadImage();
        string? directory = MapDirectory(settings);
        if (directory is not null)
        {
            Directory.CreateDirectory(directory);
            Directory.CreateDirectory(LinkDirectory(settings)!);
        }

        FastPathMaps maps = FastPathMaps.Open(BpfObjectFile.Parse(image), directory, settings);
        BpfObject? programs = null;
        try
        {
            programs = BpfObject.Load(image, maps.Resolve);
            return new FastPath(settings, maps, programs, ModeOf(settings.Attach));
        }
        catch
        {
            programs?.Dispose();
            maps.Dispose();
            throw;
        }
    }

    public FastPathCounters ReadCounters()
    {
        Span<long> sums = stackalloc long[FastPathCounters.Count];
        BpfMap counters = _maps["counters"];
        Span<byte> perProcessor = stackalloc byte[counters.ValueBytes];
        for (int i = 0; i < sums.Length; i++)
        {
            if (counters.TryLookup(BytesOf(i), perProcessor))
            {
                foreach (long value in MemoryMarshal.Cast<byte, long>(perProcessor))
                {
                    sums[i] += value;
                }
            }
        }

        return new FastPathCounters(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7], sums[8], sums[9], sums[10]);
    }

    public void Dispose()
    {
        foreach (Attachment attachment in _attached.Values)
        {
            attachment.Dispose();
        }

        _attached.Clear();
        _generations.Dispose();
        _connections.Dispose();
        _object.Dispose();
        _maps.Dispose();
        _route.Dispose();
    }

    internal BpfProgram Program(string name) => _object.Program(name);

    /// <summary>The committed object, which clang makes of Programs/vicinal.c.</summary>
    internal static byte[] ReadImage()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Image)
            ?? throw new InvalidOperationException($"{Image} is not among the resources.");
        byte[] image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }

    private static string? MapDirectory(FastPathSettings settings) =>
        settings.PinDirectory is { } pins ? Path.Combine(pins, $"maps-v{LayoutVersion}") : null;

    private static string? LinkDirectory(FastPathSettings settings) =>
        settings.PinDirectory is { } pins ? Path.Combine(pins, "links") : null;

    private static AttachmentMode ModeOf(AttachChoice choice) => choice switch
    {
        AttachChoice.Tcx => AttachmentMode.Tcx,
        AttachChoice.Clsact => AttachmentMode.Clsact,
        _ => KernelFeatures.Probe().TcxLinks.IsAvailable ? AttachmentMode.Tcx : AttachmentMode.Clsact,
    };

    private static ReadOnlySpan<byte> BytesOf<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
}
