using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Vicinal.Datapath.Flows;

/// <content>Looking up: one key, or many whose memory is fetched together.</content>
public sealed unsafe partial class FlowCache
{
    /// <summary>Keys that may be asked for at once.</summary>
    public const int MaxBatch = 64;

    /// <summary>The slot of a key, fresh or not, or <see cref="NotFound"/>.</summary>
    public int Find(in FlowKey key) => Find(in key, key.HashWith(in _hash));

    /// <summary>
    /// The same for up to 64 keys, in three passes, so that the memory of one is fetched while others are worked on: three times as fast when
    /// there are more flows than the processor's caches hold. The slots are good while <see cref="Changes"/> stands still.
    /// </summary>
    [SkipLocalsInit]
    public void Find(ReadOnlySpan<FlowKey> keys, Span<int> slots)
    {
        Span<ulong> hashes = stackalloc ulong[MaxBatch];
        hashes = hashes[..keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            hashes[i] = keys[i].HashWith(in _hash);
            _buckets.Prefetch(hashes[i]);
        }

        for (int i = 0; i < keys.Length; i++)
        {
            int bucket = _buckets.First(hashes[i]);
            uint candidates = _buckets.Candidates(bucket, hashes[i]);
            slots[i] = candidates == 0 ? NotFound : _buckets.EntryAt(bucket, BitOperations.TrailingZeroCount(candidates));
            Prefetch(slots[i]);
        }

        for (int i = 0; i < keys.Length; i++)
        {
            int likely = slots[i];
            if (likely == NotFound || !_entries[likely].KeyField.Matches(in keys[i]))
            {
                slots[i] = Find(in keys[i], hashes[i]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(in FlowKey key, ulong hash)
    {
        int found = FindIn(_buckets.First(hash), in key, hash);
        return found != NotFound ? found : FindIn(_buckets.Second(hash), in key, hash);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int FindIn(int bucket, in FlowKey key, ulong hash)
    {
        for (uint candidates = _buckets.Candidates(bucket, hash); candidates != 0; candidates &= candidates - 1)
        {
            int slot = _buckets.EntryAt(bucket, BitOperations.TrailingZeroCount(candidates));
            if (_entries[slot].KeyField.Matches(in key))
            {
                return slot;
            }
        }

        return NotFound;
    }

    /// <summary>Counters, key and the replayed part of the action.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(int slot)
    {
        if (Sse.IsSupported && slot != NotFound)
        {
            byte* entry = (byte*)(_entries + slot);
            Sse.Prefetch0(entry);
            Sse.Prefetch0(entry + 64);
            Sse.Prefetch0(entry + 128);
        }
    }
}
