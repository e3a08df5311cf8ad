using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Datapath.Neighbors;

/// <content>Time: questions, answers that did not come, entries that go.</content>
public sealed partial class NeighborTable
{
    /// <summary>How many entries of a full table are looked at for one that nobody would miss.</summary>
    private const int EvictionDepth = 16;

    /// <summary>By the earliest turn; an item that is not its entry's <see cref="NeighborEntry.Queued"/> any more is void.</summary>
    private readonly PriorityQueue<NeighborEntry, long> _turns = new(256);

    private int _hand;

    /// <summary>When the next step has something to do; <see cref="long.MaxValue"/> when nothing is planned. A step after a change is free.</summary>
    public long NextDue => _freed.Count + _failed.Count > 0 ? long.MinValue : _turns.TryPeek(out _, out long due) ? due : long.MaxValue;

    /// <summary>
    /// Adds to <paramref name="effects"/> what is due: questions to send, packets to walk again, packets to give up. The packets are the
    /// caller's until it releases them.
    /// </summary>
    public void Step(long now, NeighborEffects effects)
    {
        while (_turns.TryPeek(out NeighborEntry? entry, out long due) && due <= now)
        {
            _ = _turns.Dequeue();
            if (entry.Queued != due)
            {
                continue;
            }

            entry.Queued = long.MaxValue;
            if (entry.Due > now)
            {
                Schedule(entry);
            }
            else if (entry.State != NeighborState.Unknown)
            {
                Turn(entry, now, effects);
            }
        }

        _held -= _freed.Count + _failed.Count;
        Move(_freed, effects.Freed);
        Move(_failed, effects.Failed);
    }

    private void Turn(NeighborEntry entry, long now, NeighborEffects effects)
    {
        switch (entry.State)
        {
            case NeighborState.Incomplete when entry.Asked < _limits.BroadcastQuestions:
                Ask(entry, MacAddress.Zero, now, effects);
                break;
            case NeighborState.Incomplete:
                Enter(entry, NeighborState.Failed, now + _limits.Negative);
                Move(entry.Held, _failed);
                break;
            case NeighborState.Probe when entry.Asked < _limits.UnicastQuestions:
                Ask(entry, entry.IsRecalled ? MacAddress.Zero : entry.Mac, now, effects);
                break;
            case NeighborState.Probe:
                // It may be there under another MAC; traffic waits while everybody is asked.
                _generations.Bump(entry.Slot);
                Enter(entry, NeighborState.Incomplete, now);
                break;
            case NeighborState.Reachable:
                // Cached flows are asked for once, so that the next packet, if there is one, starts the probe.
                _generations.Bump(entry.Slot);
                Enter(entry, NeighborState.Stale, now + _limits.Forget);
                break;
            default:
                Remove(entry);
                break;
        }
    }

    private void Ask(NeighborEntry entry, MacAddress destination, long now, NeighborEffects effects)
    {
        effects.Solicitations.Add(new Solicitation(entry.Segment, entry.Address, entry.Asker, destination));
        entry.Asked++;
        entry.Due = now + (entry.Asked == 1 ? _limits.FirstRetransmit : _limits.Retransmit);
        Schedule(entry);
    }

    private void Enter(NeighborEntry entry, NeighborState state, long due)
    {
        entry.State = state;
        entry.IsRecalled = false;
        entry.Asked = 0;
        entry.Due = due;
        Schedule(entry);
    }

    /// <summary>Only an earlier turn is queued anew; a later one is found when the earlier comes up.</summary>
    private void Schedule(NeighborEntry entry)
    {
        if (entry.Due < entry.Queued)
        {
            entry.Queued = entry.Due;
            _turns.Enqueue(entry, entry.Due);
        }
    }

    private bool TryAdd(uint segment, IpAddress address, long now, out NeighborEntry entry)
    {
        entry = null!;
        if ((_all.Count >= _limits.Entries || _perSegment.GetValueOrDefault(segment) >= _limits.EntriesPerSegment) && !TryEvict(segment))
        {
            return false;
        }

        entry = _spare.TryPop(out NeighborEntry? spare) ? spare : new NeighborEntry(_generations.Allocate());
        entry.Segment = segment;
        entry.Address = address;
        entry.Mac = MacAddress.Zero;
        entry.Index = _all.Count;
        _all.Add(entry);
        _entries.Add((segment, address), entry);
        CollectionsMarshal.GetValueRefOrAddDefault(_perSegment, segment, out _)++;
        Enter(entry, NeighborState.Incomplete, now);
        return true;
    }

    /// <summary>One that did not answer, or that nobody uses; of the segment itself when it is the segment that is full.</summary>
    private bool TryEvict(uint segment)
    {
        bool own = _perSegment.GetValueOrDefault(segment) >= _limits.EntriesPerSegment;
        for (int i = 0; i < EvictionDepth && _all.Count > 0; i++)
        {
            _hand = _hand + 1 < _all.Count ? _hand + 1 : 0;
            NeighborEntry entry = _all[_hand];
            if (entry.State is NeighborState.Failed or NeighborState.Stale && (!own || entry.Segment == segment))
            {
                Remove(entry);
                return true;
            }
        }

        return false;
    }

    private void Remove(NeighborEntry entry)
    {
        _generations.Bump(entry.Slot);
        Move(entry.Held, _failed);
        _entries.Remove((entry.Segment, entry.Address));
        _all[^1].Index = entry.Index;
        _all[entry.Index] = _all[^1];
        _all.RemoveAt(_all.Count - 1);
        ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_perSegment, entry.Segment, out _);
        if (--count == 0)
        {
            _perSegment.Remove(entry.Segment);
        }

        entry.State = NeighborState.Unknown;
        _spare.Push(entry);
    }

    private static void Move(Queue<HeldPacket> from, Queue<HeldPacket> to)
    {
        while (from.TryDequeue(out HeldPacket held))
        {
            to.Enqueue(held);
        }
    }

    private static void Move(Queue<HeldPacket> from, List<HeldPacket> to)
    {
        while (from.TryDequeue(out HeldPacket held))
        {
            to.Add(held);
        }
    }
}
