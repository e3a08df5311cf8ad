using System.Runtime.CompilerServices;
using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.Flows;

/// <summary>
/// Decisions by exact key. All memory is set aside when it is made. An entry falls when one of its generations, its
/// connection, its port, its lease or its deadline does, and at the latest when nobody has used it for a while. One thread.
/// </summary>
public sealed unsafe partial class FlowCache : IConnectionFlows
{
    public const int NotFound = -1;

    /// <summary>Drops are at most this part of all, so that a scan cannot push the flows out.</summary>
    private const int NegativeShare = 8;

    /// <summary>This part of all stays free of flows that no packet has asked for.</summary>
    private const int SpareShare = 4;

    private readonly KeyedHash _hash;
    private readonly Generations _generations;
    private readonly ConnectionTracker? _tracker;
    private readonly IGatewayLease? _lease;
    private readonly FlowBuckets _buckets;
    private readonly byte[] _memory;

    /// <summary>Into the pinned memory, which this object keeps alive; at a cache line's start.</summary>
    private readonly FlowEntry* _entries;
    private int _free = NotFound;
    private int _untouched;
    private int _negatives;

    /// <param name="mirror">Where the flows are replayed too; null for nowhere else.</param>
    /// <param name="lease">What entries under a lease are asked of; null: those hold for ever.</param>
    public FlowCache(
        int capacity,
        Generations generations,
        ConnectionTracker? tracker = null,
        ulong seed = 0,
        IFlowMirror? mirror = null,
        IGatewayLease? lease = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, NegativeShare);
        _hash = new KeyedHash(seed);
        _generations = generations;
        _tracker = tracker;
        _mirror = mirror;
        _lease = lease;
        _buckets = new FlowBuckets(capacity);
        Capacity = capacity;
        _memory = CacheLines.Allocate((long)capacity * sizeof(FlowEntry), out void* start);
        _entries = (FlowEntry*)start;
        _connectionHeads = new int[tracker?.Capacity ?? 0];
        Array.Fill(_connectionHeads, NotFound);
        if (tracker is not null)
        {
            tracker.Flows = this;
        }
    }

    public int Capacity { get; }

    public int Count { get; private set; }

    /// <summary>There is room for flows that no packet has asked for yet.</summary>
    public bool HasSpareRoom => Count < Capacity - (Capacity / SpareShare);

    /// <summary>Those of <see cref="Count"/> that are drops.</summary>
    public int Negatives => _negatives;

    /// <summary>Moves with every entry that comes or goes; slots that were found before are then to be asked for again.</summary>
    public uint Changes { get; private set; }

    /// <summary>Entries that had to go before their time.</summary>
    public long Evicted { get; private set; }

    public ref readonly FlowEntry this[int slot] => ref At(slot);

    public long LastUsed(int slot) => LastUsedOf(in At(slot));

    /// <summary>
    /// Nothing that the entry rests on has changed, its deadline has not passed and its lease holds. Ask before each use; an entry that is not
    /// fresh any more is for the slow path, which will put another in its place.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsFresh(int slot, long now)
    {
        ref FlowEntry entry = ref _entries[slot];
        return (entry.ActionField.VerifiedAt == (uint)_generations.Current || Verify(ref entry))
            && (entry.ActionField.Deadline == 0 || now < entry.ActionField.Deadline)
            && (entry.ActionField.Lease == GatewayLease.None || HoldsLease(entry.ActionField.Lease));
    }

    /// <summary>Packets went by this entry. A super-packet counts as the segments it is cut into.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NoteUse(int slot, int packets, int bytes, long now)
    {
        ref FlowEntry entry = ref _entries[slot];
        entry.RecentPackets += (uint)packets;
        entry.RecentBytes += bytes;
        entry.LastUsed = (uint)now;
    }

    /// <summary>
    /// Puts an entry, in place of one with the same key, evicting an old one where there is no room.
    /// <see cref="NotFound"/> when it must not be: one of its connections is gone or not settled yet (note the packet first), or it is a
    /// drop and there are enough.
    /// </summary>
    /// <param name="mayEvict">False for a flow that is not worth another's place.</param>
    public int Insert(in FlowKey key, in FlowAction action, long now, bool mayEvict = true)
    {
        if (!AreConnectionsSettled(in action))
        {
            return NotFound;
        }

        _now = Math.Max(_now, now);
        ulong hash = key.HashWith(in _hash);
        int same = Find(in key, hash);
        bool negative = action.OutputKind == FlowOutputKind.Drop;
        if (negative && _negatives >= Capacity / NegativeShare)
        {
            if (same != NotFound)
            {
                Remove(same);
            }

            return NotFound;
        }

        if (!mayEvict && same == NotFound && (Count == Capacity || _buckets.FreePlace(hash) == NotFound))
        {
            return NotFound;
        }

        bool replaces = same != NotFound && _entries[same].IsMirrored;
        if (same != NotFound)
        {
            Release(same);
        }

        int place = PlaceFor(hash);
        int slot = TakeFree();
        ref FlowEntry entry = ref _entries[slot];
        entry = new FlowEntry { KeyField = key, ActionField = action, LastUsed = (uint)now, Place = place };
        _ = Verify(ref entry);
        _buckets.Set(place, hash, slot);
        _negatives += negative ? 1 : 0;
        Count++;
        Changes++;
        LinkInput(slot);
        LinkConnections(slot);
        Mirror(slot, replaces);
        return slot;
    }

    public void Remove(int slot)
    {
        ref FlowEntry entry = ref At(slot);
        if (entry.Place < 0)
        {
            return;
        }

        if (entry.IsMirrored)
        {
            _mirror!.Remove(slot, in entry.KeyField);
        }

        Release(slot);
    }

    private void Release(int slot)
    {
        ref FlowEntry entry = ref _entries[slot];
        Report(slot);
        _buckets.Clear(entry.Place);
        UnlinkInput(slot);
        UnlinkConnections(slot);
        _negatives -= entry.IsNegative ? 1 : 0;
        entry.Place = NotFound;
        entry.InputNext = _free;
        _free = slot;
        Count--;
        Changes++;
    }

    /// <summary>Slots in use, for dumps. The cache must not change meanwhile.</summary>
    public IEnumerable<int> Slots()
    {
        for (int slot = 0; slot < _untouched; slot++)
        {
            if (At(slot).Place >= 0)
            {
                yield return slot;
            }
        }
    }

    private bool HoldsLease(GatewayLease lease) => _lease is null || _lease.Holds(lease);

    private bool Verify(ref FlowEntry entry)
    {
        if (!_generations.Holds(in entry.ActionField))
        {
            return false;
        }

        entry.ActionField.VerifiedAt = (uint)_generations.Current;
        return true;
    }

    private int PlaceFor(ulong hash)
    {
        if (_free == NotFound && _untouched == Capacity)
        {
            EvictByHand();
        }

        int place = _buckets.FreePlace(hash);
        if (place == NotFound)
        {
            EvictOldestOf(_buckets.First(hash));
            place = _buckets.FreePlace(hash);
        }

        return place;
    }

    private int TakeFree()
    {
        if (_free == NotFound)
        {
            return _untouched++;
        }

        int slot = _free;
        _free = _entries[slot].InputNext;
        return slot;
    }

    /// <summary>For callers' slots; those that the cache itself keeps need no check.</summary>
    private ref FlowEntry At(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)Capacity);
        return ref _entries[slot];
    }
}
