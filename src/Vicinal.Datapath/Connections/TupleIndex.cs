using System.Numerics;
using Vicinal.Datapath.Flows;

namespace Vicinal.Datapath.Connections;

/// <summary>
/// From (zone, tuple) to a connection and a direction. Open addressing with linear probing at no more than half full; removal
/// shifts back, so there are no tombstones and the table never degrades.
/// </summary>
/// <param name="connections">The tracker's own array, in which the tuples stand.</param>
internal sealed class TupleIndex(Connection[] connections, KeyedHash hash)
{
    public const int NotFound = -1;

    private readonly Slot[] _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)connections.Length * 4)];

    /// <summary>Twice the connection's index, plus one when the tuple is its reply; or <see cref="NotFound"/>.</summary>
    public int Find(uint zone, in ConnectionTuple tuple)
    {
        uint mask = (uint)_slots.Length - 1;
        uint key = HashOf(zone, in tuple);
        for (uint at = key & mask; _slots[at].Reference != 0; at = (at + 1) & mask)
        {
            if (_slots[at].Hash != key)
            {
                continue;
            }

            int reference = _slots[at].Reference - 1;
            ref Connection connection = ref connections[reference >> 1];
            if (connection.Zone == zone && tuple.Equals((reference & 1) == 0 ? connection.Original : connection.Reply))
            {
                return reference;
            }
        }

        return NotFound;
    }

    /// <summary>The tuple is not in the table yet.</summary>
    public void Insert(uint zone, in ConnectionTuple tuple, int reference)
    {
        uint mask = (uint)_slots.Length - 1;
        uint key = HashOf(zone, in tuple);
        uint at = key & mask;
        while (_slots[at].Reference != 0)
        {
            at = (at + 1) & mask;
        }

        _slots[at] = new Slot { Hash = key, Reference = reference + 1 };
    }

    public void Remove(uint zone, in ConnectionTuple tuple, int reference)
    {
        uint mask = (uint)_slots.Length - 1;
        uint hole = HashOf(zone, in tuple) & mask;
        while (_slots[hole].Reference != reference + 1)
        {
            hole = (hole + 1) & mask;
        }

        // Whoever was pushed beyond the hole moves into it, unless its own home lies behind the hole.
        for (uint at = (hole + 1) & mask; _slots[at].Reference != 0; at = (at + 1) & mask)
        {
            uint home = _slots[at].Hash & mask;
            if (((at - home) & mask) >= ((at - hole) & mask))
            {
                _slots[hole] = _slots[at];
                hole = at;
            }
        }

        _slots[hole] = default;
    }

    private uint HashOf(uint zone, in ConnectionTuple tuple)
    {
        // The high halves are mostly equal prefixes or zero, so they share a word; equality compares them in full.
        ulong high = tuple.Source.High ^ BitOperations.RotateLeft(tuple.Destination.High, 32);
        return (uint)hash.Of(tuple.Source.Low, tuple.Destination.Low, tuple.Tail, high + zone);
    }

    private struct Slot
    {
        public uint Hash;

        /// <summary>0 for an empty slot, else one more than the reference.</summary>
        public int Reference;
    }
}
