namespace Vicinal.Datapath.Flows;

/// <content>Time: who was used when, the round that removes what nobody uses, and who makes room for whom.</content>
public sealed unsafe partial class FlowCache
{
    /// <summary>An entry without packets for so long (in ms) makes room; deciding again costs a microsecond.</summary>
    public const long IdleTimeout = 60_000;

    private int _hand;

    /// <summary>The latest time that was heard of but for packets; at most three weeks behind.</summary>
    private long _now;

    /// <summary>
    /// Goes round all entries, <paramref name="budget"/> at a time: tells the tracker what passed them, and removes what is idle or void.
    /// Call it so that a round takes seconds.
    /// </summary>
    /// <returns>How many were removed.</returns>
    public int Sweep(long now, int budget)
    {
        int before = Count;
        _now = Math.Max(_now, now);
        for (int i = Math.Min(budget, _untouched); i > 0; i--)
        {
            int slot = NextOfHand();
            ref FlowEntry entry = ref _entries[slot];
            if (entry.Place < 0)
            {
                continue;
            }

            if (now >= LastUsedOf(in entry) + IdleTimeout + LagOf(in entry, now) || (!IsFresh(slot, now) && !AwaitsCounts(in entry, now)))
            {
                Remove(slot);
            }
            else
            {
                if (entry.RecentPackets != 0 && !entry.IsMirrored)
                {
                    // The mirror had no room for it, and may have some now.
                    Mirror(slot, false);
                }

                Report(slot);
            }
        }

        return before - Count;
    }

    /// <summary>The oldest of the next few entries; all are in use when this is called.</summary>
    private void EvictByHand()
    {
        int oldest = NextOfHand();
        for (int i = 1; i < FlowBuckets.Ways; i++)
        {
            int other = NextOfHand();
            oldest = LastUsedOf(in _entries[other]) < LastUsedOf(in _entries[oldest]) ? other : oldest;
        }

        Remove(oldest);
        Evicted++;
    }

    private void EvictOldestOf(int bucket)
    {
        int oldest = _buckets.EntryAt(bucket, 0);
        for (int way = 1; way < FlowBuckets.Ways; way++)
        {
            int other = _buckets.EntryAt(bucket, way);
            oldest = LastUsedOf(in _entries[other]) < LastUsedOf(in _entries[oldest]) ? other : oldest;
        }

        Remove(oldest);
        Evicted++;
    }

    /// <summary>The only time with the entry's low half that lies within 2^31 ms, some 24 days, of what was last heard.</summary>
    private long LastUsedOf(in FlowEntry entry) => _now + (int)(entry.LastUsed - (uint)_now);

    private int NextOfHand()
    {
        _hand = _hand + 1 < _untouched ? _hand + 1 : 0;
        return _hand;
    }
}
