using System.Numerics;

namespace Vicinal.Agent.Gateways;

/// <summary>How late a thread is at its timers: counts in buckets, four to an octave, and the longest. Written by that thread alone; allocates nothing.</summary>
internal sealed class StallMeter
{
    private const int BucketsPerOctave = 4;

    /// <summary>1.024 µs; all below it is one bucket.</summary>
    private const int FirstOctave = 10;

    /// <summary>About 69 s.</summary>
    private const int LastOctave = 36;

    private readonly long[] _counts = new long[((LastOctave - FirstOctave) * BucketsPerOctave) + 1];

    public long Samples { get; private set; }

    /// <summary>Nanoseconds.</summary>
    public long Longest { get; private set; }

    public void Note(long nanoseconds)
    {
        Samples++;
        Longest = Math.Max(Longest, nanoseconds);
        _counts[BucketOf(nanoseconds)]++;
    }

    /// <summary>The lateness that so many of all samples stay below, to within a fifth; 0 without samples.</summary>
    public long Percentile(double share)
    {
        long rank = (long)Math.Ceiling(Samples * share);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank && seen > 0)
            {
                return Math.Min(EndOf(i), Longest);
            }
        }

        return 0;
    }

    /// <summary>Buckets that are not empty, by where they end in nanoseconds.</summary>
    public IEnumerable<(long End, long Count)> Buckets() => _counts.Select((count, i) => (EndOf(i), count)).Where(bucket => bucket.count > 0);

    private static int BucketOf(long nanoseconds)
    {
        if (nanoseconds < 1L << FirstOctave)
        {
            return 0;
        }

        int octave = Math.Min(BitOperations.Log2((ulong)nanoseconds), LastOctave - 1);
        long quarter = Math.Min((nanoseconds >> (octave - 2)) - BucketsPerOctave, BucketsPerOctave - 1);
        return 1 + ((octave - FirstOctave) * BucketsPerOctave) + (int)quarter;
    }

    private static long EndOf(int bucket)
    {
        (int octave, int quarter) = Math.DivRem(bucket - 1, BucketsPerOctave);
        return bucket == 0 ? 1L << FirstOctave : (1L << (octave + FirstOctave)) + ((quarter + 1L) << (octave + FirstOctave - 2));
    }
}
