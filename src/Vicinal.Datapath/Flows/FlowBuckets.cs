using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Vicinal.Datapath.Flows;

/// <summary>
/// From a hash to entry numbers. Each hash has two buckets of eight, one cache line each: eight 16-bit tags that one vector
/// comparison asks at once, and the numbers of their entries. A look-up therefore costs at most two lines whatever anyone
/// sends, and a key found by its tag is nearly always the right one.
/// </summary>
internal sealed unsafe class FlowBuckets
{
    public const int Ways = 8;

    /// <summary>The first bucket is preferred up to here, so that most keys are found in one line.</summary>
    private const int Comfortable = 6;

    private readonly byte[] _memory;

    /// <summary>Into the pinned memory, which this object keeps alive; at a cache line's start.</summary>
    private readonly Bucket* _buckets;
    private readonly ulong _mask;

    /// <param name="entries">At most half of the ways are ever used.</param>
    public FlowBuckets(int entries)
    {
        uint count = BitOperations.RoundUpToPowerOf2(Math.Max((uint)entries / (Ways / 2), 2));
        _memory = CacheLines.Allocate((long)count * sizeof(Bucket), out void* start);
        _buckets = (Bucket*)start;
        _mask = count - 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int First(ulong hash) => (int)(hash & _mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Second(ulong hash)
    {
        ulong second = (hash >> 24) & _mask;
        return (int)(second == (hash & _mask) ? second ^ 1 : second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_buckets + First(hash));
        }
    }

    /// <summary>The ways of a bucket whose tag is the hash's, as bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Candidates(int bucket, ulong hash) =>
        Vector128.Equals(Vector128.Load(_buckets[bucket].Tags), Vector128.Create(TagOf(hash))).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int EntryAt(int bucket, int way) => _buckets[bucket].Entries[way];

    /// <summary>The ways of a bucket that are in use, as bits.</summary>
    public uint Used(int bucket) =>
        ~Vector128.Equals(Vector128.Load(_buckets[bucket].Tags), Vector128<ushort>.Zero).ExtractMostSignificantBits() & 0xFF;

    /// <summary>Where a new entry of this hash goes: bucket * 8 + way, or -1 when both buckets are full.</summary>
    public int FreePlace(ulong hash)
    {
        int first = First(hash);
        int second = Second(hash);
        int inFirst = BitOperations.PopCount(Used(first));
        int bucket = inFirst < Comfortable || inFirst <= BitOperations.PopCount(Used(second)) ? first : second;
        uint free = ~Used(bucket) & 0xFF;
        return free == 0 ? -1 : (bucket * Ways) + BitOperations.TrailingZeroCount(free);
    }

    public void Set(int place, ulong hash, int entry)
    {
        ref Bucket bucket = ref _buckets[place / Ways];
        bucket.Tags[place % Ways] = TagOf(hash);
        bucket.Entries[place % Ways] = entry;
    }

    public void Clear(int place) => _buckets[place / Ways].Tags[place % Ways] = 0;

    /// <summary>0 marks an empty way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort TagOf(ulong hash)
    {
        ushort tag = (ushort)(hash >> 48);
        return tag == 0 ? (ushort)1 : tag;
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Bucket
    {
        public fixed ushort Tags[Ways];
        public fixed int Entries[Ways];
    }
}
