using System.Numerics;

namespace Vicinal.Datapath.Nat;

/// <summary>Which of 65,536 ports or identifiers towards one remote endpoint are taken.</summary>
internal sealed class PortMap
{
    private const int Words = 65536 / 64;

    private readonly ulong[] _taken = new ulong[Words];

    public int Taken { get; private set; }

    public void Clear()
    {
        Array.Clear(_taken);
        Taken = 0;
    }

    public void Set(ushort port)
    {
        ulong bit = 1UL << (port & 63);
        Taken += (_taken[port >> 6] & bit) == 0 ? 1 : 0;
        _taken[port >> 6] |= bit;
    }

    public void Reset(ushort port)
    {
        ulong bit = 1UL << (port & 63);
        Taken -= (_taken[port >> 6] & bit) == 0 ? 0 : 1;
        _taken[port >> 6] &= ~bit;
    }

    /// <summary>The first free one from <paramref name="start"/> upwards, going round from 65,535 to <paramref name="lowest"/>; -1 when all are taken.</summary>
    public int FindFree(int start, int lowest)
    {
        int found = FindFreeIn(start, Words);
        return found >= 0 ? found : FindFreeIn(lowest, (start >> 6) + 1);
    }

    private int FindFreeIn(int start, int endWord)
    {
        ulong free = ~_taken[start >> 6] & (ulong.MaxValue << (start & 63));
        for (int word = start >> 6; ;)
        {
            if (free != 0)
            {
                return (word << 6) + BitOperations.TrailingZeroCount(free);
            }

            if (++word >= endWord)
            {
                return -1;
            }

            free = ~_taken[word];
        }
    }
}
