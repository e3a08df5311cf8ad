using Vicinal.Devices.Native;
using Vicinal.Ebpf.Native;

namespace Vicinal.Ebpf;

/// <summary>Many entries in one system call (kernel 5.6): several times faster than one by one.</summary>
public sealed unsafe partial class BpfMap
{
    /// <summary>
    /// Reads the next entries into keys and values, one after the other, as many as both have room for, and returns how many came; <see cref="BpfBatchCursor.AtEnd"/>
    /// tells when these were the last. Not a snapshot: entries that come or go meanwhile are seen or not, those that stay are seen once. A batch has to
    /// hold a whole bucket of a hash map, else ENOSPC: <see cref="BpfMapSweep"/> takes a larger one then.
    /// </summary>
    public int LookupBatch(BpfBatchCursor cursor, Span<byte> keys, Span<byte> values)
    {
        int room = Math.Min(keys.Length / Definition.KeySize, values.Length / ValueBytes);
        int count = ReadBatch(cursor, keys, values, room);
        return count >= 0 ? count : throw BatchFailure();
    }

    /// <summary>Writes entries, new or not, and returns how many: fewer than given when the map is full.</summary>
    public int UpdateBatch(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values)
    {
        int count = CountOf(keys);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, count * ValueBytes, nameof(values));
        if (count == 0)
        {
            return 0;
        }

        fixed (byte* keyBytes = keys)
        fixed (byte* valueBytes = values)
        {
            MapBatchAttributes attributes = new() { Map = Handle, Keys = keyBytes, Values = valueBytes, Count = (uint)count };
            if (BpfCalls.TryInvoke(BpfCommand.MapUpdateBatch, ref attributes) < 0)
            {
                _ = Refused("write a batch to", Errno.Last is Errno.E2BIG or Errno.ENOMEM or Errno.ENOSPC);
            }

            return (int)attributes.Count;
        }
    }

    /// <summary>Deletes entries and returns how many there were; keys that are missing are passed over.</summary>
    public int DeleteBatch(ReadOnlySpan<byte> keys)
    {
        int count = CountOf(keys);
        int deleted = 0;
        fixed (byte* keyBytes = keys)
        {
            // The kernel stops at a missing key, after it has counted those before.
            for (int at = 0; at < count; at++)
            {
                MapBatchAttributes attributes = new() { Map = Handle, Keys = keyBytes + (long)at * Definition.KeySize, Count = (uint)(count - at) };
                bool done = BpfCalls.TryInvoke(BpfCommand.MapDeleteBatch, ref attributes) >= 0 || Refused("delete a batch from", Errno.Last is Errno.ENOENT);
                deleted += (int)attributes.Count;
                at += (int)attributes.Count;
                if (done)
                {
                    break;
                }
            }
        }

        return deleted;
    }

    /// <summary>As <see cref="LookupBatch"/>; -1 when a bucket does not fit, or on another failure that the errno tells.</summary>
    internal int ReadBatch(BpfBatchCursor cursor, Span<byte> keys, Span<byte> values, int room)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(room, 1);
        if (cursor.AtEnd)
        {
            return 0;
        }

        fixed (byte* keyBytes = keys)
        fixed (byte* valueBytes = values)
        fixed (byte* position = cursor.Position)
        {
            MapBatchAttributes attributes = new()
            {
                Map = Handle,
                From = cursor.HasBegun ? position : null,
                Next = position,
                Keys = keyBytes,
                Values = valueBytes,
                Count = (uint)room,
            };
            if (BpfCalls.TryInvoke(BpfCommand.MapLookupBatch, ref attributes) < 0)
            {
                if (Errno.Last != Errno.ENOENT)
                {
                    return -1;
                }

                cursor.AtEnd = true;
            }

            cursor.HasBegun = true;
            return (int)attributes.Count;
        }
    }

    internal Vicinal.Devices.DeviceException BatchFailure() => Failure("read a batch of");

    private int CountOf(ReadOnlySpan<byte> keys)
    {
        int count = keys.Length / Definition.KeySize;
        ArgumentOutOfRangeException.ThrowIfNotEqual(keys.Length, count * Definition.KeySize, nameof(keys));
        return count;
    }
}

/// <summary>Where a sweep over a map stands: the kernel's own words, which mean something only to the map they came from.</summary>
public sealed class BpfBatchCursor
{
    public BpfBatchCursor(BpfMap map) => Position = new byte[Math.Max(sizeof(uint), map.Definition.KeySize)];

    public bool AtEnd { get; internal set; }

    internal byte[] Position { get; }

    internal bool HasBegun { get; set; }

    /// <summary>Begins again at the first entry.</summary>
    public void Restart()
    {
        AtEnd = false;
        HasBegun = false;
    }
}
