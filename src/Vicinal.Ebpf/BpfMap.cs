using Vicinal.Devices;
using Vicinal.Devices.Native;
using Vicinal.Ebpf.Native;

namespace Vicinal.Ebpf;

/// <summary>
/// A map of the kernel. Disposing closes the descriptor: the map itself lives on while a program uses it or a pin holds it. Any thread; calls on
/// entries allocate nothing and are one system call each. Keys and values are bytes, in the layout that the programs declare.
/// </summary>
public sealed unsafe partial class BpfMap : IDisposable
{
    private readonly Descriptor _descriptor;

    private BpfMap(Descriptor descriptor, BpfMapDefinition definition, uint id)
    {
        _descriptor = descriptor;
        Definition = definition;
        Id = id;
        ValueBytes = definition.IsPerCpu ? RoundUp(definition.ValueSize) * PossibleCpus.Count : definition.ValueSize;
    }

    public BpfMapDefinition Definition { get; }

    /// <summary>The descriptor's number, -1 once disposed; it stays this object's.</summary>
    public int Handle => _descriptor.Value;

    /// <summary>The kernel's number for the map, which bpftool shows.</summary>
    public uint Id { get; }

    /// <summary>Bytes that one value takes here: for a per-CPU map all possible CPUs' copies, each rounded up to eight bytes.</summary>
    public int ValueBytes { get; }

    public static BpfMap Create(BpfMapDefinition definition)
    {
        MemoryCalls.RaiseLimit();
        MapCreateAttributes attributes = new()
        {
            Type = (uint)definition.Type,
            KeySize = (uint)definition.KeySize,
            ValueSize = (uint)definition.ValueSize,
            MaxEntries = (uint)definition.MaxEntries,
            Flags = (uint)definition.Flags,
        };
        BpfCalls.WriteName(definition.Name, attributes.Name);
        string operation = $"create map {definition.Name} ({definition.Type}, {definition.MaxEntries} entries)";
        Descriptor descriptor = new(BpfCalls.Invoke(BpfCommand.MapCreate, ref attributes, operation));
        return Own(descriptor, info => new BpfMap(descriptor, definition, info.Id), operation);
    }

    public static BpfMap OpenPinned(string path, BpfMapDefinition expected) =>
        TryOpenPinned(path, expected) ?? throw new DeviceException($"open pin {path}", Errno.ENOENT);

    /// <summary>The map pinned at a path, or null; throws <see cref="BpfMapMismatchException"/> when it is another than expected, whose name does not matter.</summary>
    public static BpfMap? TryOpenPinned(string path, BpfMapDefinition expected)
    {
        if (BpfCalls.TryOpenPinned(path) is not { } descriptor)
        {
            return null;
        }

        return Own(
            descriptor,
            info =>
            {
                BpfMapDefinition found = new(
                    expected.Name, (BpfMapType)info.Type, (int)info.KeySize, (int)info.ValueSize, (int)info.MaxEntries, (BpfMapFlags)info.Flags);
                return expected.DifferenceTo(found) is { } difference
                    ? throw new BpfMapMismatchException(path, difference)
                    : new BpfMap(descriptor, found, info.Id);
            },
            $"ask about {path}");
    }

    public void Pin(string path) => BpfCalls.Pin(Handle, path);

    /// <summary>False when there is no such key.</summary>
    public bool TryLookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        CheckKey(key.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(value.Length, ValueBytes, nameof(value));
        return Call(BpfCommand.MapLookup, key, value, 0) || Refused("look up in", Errno.Last is Errno.ENOENT);
    }

    public void Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        if (!Put(key, value, mode))
        {
            throw Failure("update");
        }
    }

    /// <summary>False when the map is full, or the key's presence is not as <paramref name="mode"/> wants it; throws what else goes wrong.</summary>
    public bool TryUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, BpfUpdateMode mode = BpfUpdateMode.Any) =>
        Put(key, value, mode) || Refused("update", Errno.Last is Errno.E2BIG or Errno.ENOMEM or Errno.ENOSPC or Errno.EEXIST or Errno.ENOENT);

    /// <summary>False when there was no such key.</summary>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        CheckKey(key.Length);
        return Call(BpfCommand.MapDelete, key, default, 0) || Refused("delete from", Errno.Last is Errno.ENOENT);
    }

    /// <summary>
    /// The key after <paramref name="key"/>, or the first for an empty span; false at the end. A key that is gone meanwhile begins anew, so a walk
    /// over a map that changes may not end: sweeps go by <see cref="BpfMapSweep"/>.
    /// </summary>
    public bool NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        if (key.Length != 0)
        {
            CheckKey(key.Length);
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(next.Length, Definition.KeySize, nameof(next));
        return Call(BpfCommand.MapNextKey, key, next, 0) || Refused("walk", Errno.Last is Errno.ENOENT);
    }

    /// <summary>Maps the values of a <see cref="BpfMapFlags.MemoryMappable"/> array; what it returns is independent of this object's life.</summary>
    public BpfMappedArray Map() => new(this);

    public void Dispose() => _descriptor.Dispose();

    internal static int RoundUp(int size) => (size + 7) & ~7;

    private static BpfMap Own(Descriptor descriptor, Func<MapInfo, BpfMap> make, string operation)
    {
        try
        {
            return make(BpfCalls.InfoOf<MapInfo>(descriptor.Value, operation));
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    private bool Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, BpfUpdateMode mode)
    {
        CheckKey(key.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(value.Length, ValueBytes, nameof(value));
        return Call(BpfCommand.MapUpdate, key, value, (ulong)mode);
    }

    private bool Call(BpfCommand command, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        fixed (byte* keyBytes = key)
        fixed (byte* valueBytes = value)
        {
            MapElementAttributes attributes = new() { Map = Handle, Key = keyBytes, Value = valueBytes, Flags = flags };
            return BpfCalls.TryInvoke(command, ref attributes) >= 0;
        }
    }

    /// <summary>False where the error is an answer; throws where not.</summary>
    private bool Refused(string operation, bool isAnswer) => isAnswer ? false : throw Failure(operation);

    private DeviceException Failure(string operation) => DeviceException.FromLastError($"{operation} map {Definition.Name}");

    private void CheckKey(int length) => ArgumentOutOfRangeException.ThrowIfNotEqual(length, Definition.KeySize, "key");
}
