using Vicinal.Devices.Native;

namespace Vicinal.Ebpf;

/// <summary>Reads a map in batches into its own buffers, again and again without allocating. What it shows is overwritten by the next batch. One thread.</summary>
public sealed class BpfMapSweep
{
    private readonly BpfMap _map;
    private readonly BpfBatchCursor _cursor;
    private byte[] _keys;
    private byte[] _values;
    private int _room;

    /// <param name="batch">Entries to ask for in one call.</param>
    public BpfMapSweep(BpfMap map, int batch = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        _map = map;
        _cursor = new BpfBatchCursor(map);
        _room = batch;
        _keys = new byte[batch * map.Definition.KeySize];
        _values = new byte[batch * map.ValueBytes];
    }

    /// <summary>Entries in the batch at hand.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<byte> Keys => _keys.AsSpan(0, Count * _map.Definition.KeySize);

    public ReadOnlySpan<byte> Values => _values.AsSpan(0, Count * _map.ValueBytes);

    public ReadOnlySpan<byte> KeyAt(int index) => Keys.Slice(index * _map.Definition.KeySize, _map.Definition.KeySize);

    public ReadOnlySpan<byte> ValueAt(int index) => Values.Slice(index * _map.ValueBytes, _map.ValueBytes);

    public void Restart()
    {
        _cursor.Restart();
        Count = 0;
    }

    /// <summary>Reads on; false when everything has been seen. A batch may be empty before the end.</summary>
    public bool Next()
    {
        Count = 0;
        if (_cursor.AtEnd)
        {
            return false;
        }

        int count = _map.ReadBatch(_cursor, _keys, _values, _room);
        while (count < 0)
        {
            // A hash map gives whole buckets, and this one is longer than the batch.
            if (Errno.Last != Errno.ENOSPC || _room >= _map.Definition.MaxEntries)
            {
                throw _map.BatchFailure();
            }

            Grow();
            count = _map.ReadBatch(_cursor, _keys, _values, _room);
        }

        Count = count;
        return count > 0 || !_cursor.AtEnd;
    }

    private void Grow()
    {
        _room *= 2;
        _keys = new byte[_room * _map.Definition.KeySize];
        _values = new byte[_room * _map.ValueBytes];
    }
}
