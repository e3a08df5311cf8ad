using System.Runtime.InteropServices;
using Vicinal.Ebpf.Layout;

namespace Vicinal.Bench.FlowMap;

/// <summary>Keys of numbered flows, which differ in addresses and ports as those of many guests do, in buffers that are used again.</summary>
internal sealed class FlowBatch
{
    // Struct flow_key: the low halves of source and destination, and the source port.
    private const int SourceOffset = 8;
    private const int DestinationOffset = 24;
    private const int PortOffset = 40;

    private readonly int _size;
    private readonly byte[] _keys;
    private readonly byte[] _values;

    public FlowBatch(int size)
    {
        _size = size;
        _keys = new byte[size * KernelFlow.KeySize];
        _values = new byte[size * KernelFlow.ValueSize];
    }

    public delegate void ForKey(ReadOnlySpan<byte> key);

    public delegate void ForKeys(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values);

    public void Each(int flows, ForKey work)
    {
        Span<byte> key = _keys.AsSpan(0, KernelFlow.KeySize);
        for (int flow = 0; flow < flows; flow++)
        {
            Write(key, flow);
            work(key);
        }
    }

    public void Many(int flows, ForKeys work)
    {
        for (int first = 0; first < flows; first += _size)
        {
            int count = Math.Min(_size, flows - first);
            for (int i = 0; i < count; i++)
            {
                Write(_keys.AsSpan(i * KernelFlow.KeySize, KernelFlow.KeySize), first + i);
            }

            work(_keys.AsSpan(0, count * KernelFlow.KeySize), _values.AsSpan(0, count * KernelFlow.ValueSize));
        }
    }

    private static void Write(Span<byte> key, int flow)
    {
        MemoryMarshal.Write(key[SourceOffset..], 0xFFFF_0A00_0000 + (flow % 251));
        MemoryMarshal.Write(key[DestinationOffset..], 0xFFFF_0A01_0000 + (flow % 65_521));
        MemoryMarshal.Write(key[PortOffset..], flow);
    }
}
