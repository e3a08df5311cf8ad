using System.Runtime.CompilerServices;
using Vicinal.Devices;
using Vicinal.Ebpf.Native;

namespace Vicinal.Ebpf;

/// <summary>
/// The values of an array map as memory of this process, shared with the programs: reads and writes are plain loads and stores, seen at once on both
/// sides. Spans must not outlive it. Whoever writes fields that belong together orders them by <see cref="Volatile"/>.
/// </summary>
public sealed unsafe class BpfMappedArray : IDisposable
{
    private readonly nuint _length;

    internal BpfMappedArray(BpfMap map)
    {
        BpfMapDefinition definition = map.Definition;
        Count = definition.MaxEntries;
        Stride = BpfMap.RoundUp(definition.ValueSize);
        nuint page = (nuint)Environment.SystemPageSize;
        _length = ((nuint)Count * (nuint)Stride + page - 1) / page * page;
        Address = MemoryCalls.Map(null, _length, MemoryCalls.PROT_READ | MemoryCalls.PROT_WRITE, MemoryCalls.MAP_SHARED, map.Handle, 0);
        if (Address == MemoryCalls.Failed)
        {
            Address = 0;
            throw DeviceException.FromLastError($"map {definition.Name} into memory");
        }
    }

    public int Count { get; }

    /// <summary>Bytes from one value to the next: the value's size rounded up to eight.</summary>
    public int Stride { get; }

    /// <summary>0 once disposed.</summary>
    public nint Address { get; private set; }

    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(Address == 0, this);
            return new Span<byte>((void*)Address, checked(Count * Stride));
        }
    }

    public Span<byte> this[int index] => new(Element(index), Stride);

    public ref T At<T>(int index)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeof(T), Stride, nameof(T));
        return ref Unsafe.AsRef<T>(Element(index));
    }

    public void Dispose()
    {
        if (Address != 0)
        {
            _ = MemoryCalls.Unmap(Address, _length);
            Address = 0;
        }
    }

    private void* Element(int index)
    {
        ObjectDisposedException.ThrowIf(Address == 0, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return (byte*)Address + ((nint)index * Stride);
    }
}
