using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Fragments;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Neighbors;

/// <summary>
/// Who is where on provider networks, learnt by asking. An entry exists only because an own packet needed it: what others say unasked
/// updates entries and never makes one (RFC 826 merges likewise), so nobody outside can fill the table. Looking is read-only; a walk's need
/// comes as <see cref="Hold"/> or <see cref="Use"/>, and <see cref="Step"/> says what is to be done. One thread.
/// </summary>
public sealed partial class NeighborTable
{
    private readonly NeighborLimits _limits;
    private readonly Generations _generations;
    private readonly PacketPool _pool;
    private readonly Dictionary<(uint Segment, IpAddress Address), NeighborEntry> _entries = new(256);
    private readonly Dictionary<uint, int> _perSegment = new(64);
    private readonly List<NeighborEntry> _all = new(256);
    private readonly Stack<NeighborEntry> _spare = new(256);
    private readonly Queue<HeldPacket> _freed = new(64);
    private readonly Queue<HeldPacket> _failed = new(64);
    private int _held;

    public NeighborTable(NeighborLimits limits, Generations generations, PacketPool? pool = null)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
        _generations = generations;
        _pool = pool ?? new PacketPool();
    }

    public int Count => _entries.Count;

    /// <summary>Packets that wait for an answer.</summary>
    public int HeldCount => _held;

    /// <summary>Held packets that made room for newer ones; their drop reason is NeighborQueueFull.</summary>
    public long Overflowed { get; private set; }

    public NeighborVerdict Look(uint segment, IpAddress address) =>
        _entries.TryGetValue((segment, address), out NeighborEntry? entry)
            ? new NeighborVerdict(entry.State, entry.Mac, entry.Slot)
            : default;

    /// <summary>
    /// A packet needs a neighbour that is not known: a copy waits for the answer, and the question goes out with the next step.
    /// </summary>
    /// <returns>None when it waits, or why it was dropped.</returns>
    public DropReason Hold(uint segment, IpAddress address, in NeighborAsker asker, in PacketSource source, PacketBuffer packet, long now)
    {
        if (packet.Length > _limits.HeldBytes || _held >= _limits.Held)
        {
            return DropReason.NeighborQueueFull;
        }

        if (!_entries.TryGetValue((segment, address), out NeighborEntry? entry) && !TryAdd(segment, address, now, out entry))
        {
            return DropReason.NeighborQueueFull;
        }

        if (entry.State == NeighborState.Failed)
        {
            return DropReason.NoNeighbor;
        }

        // The newest packets are those that somebody still waits for (RFC 4861 section 7.2.2).
        if (entry.Held.Count >= _limits.HeldPerEntry)
        {
            Overflowed++;
            _held--;
            _pool.Return(entry.Held.Dequeue().Packet);
        }

        entry.Asker = asker;
        entry.Held.Enqueue(new HeldPacket(Copy(packet), source, segment, address));
        _held++;
        if (entry.State != NeighborState.Incomplete)
        {
            // It became known since the walk looked.
            Move(entry.Held, _freed);
        }

        return DropReason.None;
    }

    /// <summary>A flow that goes on meanwhile needs a neighbour: if it is not known the question goes out with the next step; no packet waits.</summary>
    public void Want(uint segment, IpAddress address, in NeighborAsker asker, long now)
    {
        if (!_entries.ContainsKey((segment, address)) && TryAdd(segment, address, now, out NeighborEntry entry))
        {
            entry.Asker = asker;
        }
    }

    /// <summary>
    /// As <see cref="Want"/>, of a neighbour whose MAC an earlier process knew: it is used at once, and everybody is asked, since it may be another's now.
    /// </summary>
    /// <returns>It is known now.</returns>
    public bool Recall(uint segment, IpAddress address, MacAddress mac, in NeighborAsker asker, long now)
    {
        if (mac.IsMulticast || mac.IsZero || (!_entries.TryGetValue((segment, address), out NeighborEntry? entry) && !TryAdd(segment, address, now, out entry))
            || entry.State != NeighborState.Incomplete)
        {
            return false;
        }

        entry.Asker = asker;
        entry.Mac = mac;
        _generations.Bump(entry.Slot);
        Enter(entry, NeighborState.Probe, now);
        entry.IsRecalled = true;
        Move(entry.Held, _freed);
        return true;
    }

    /// <summary>A packet goes to a neighbour that is known. Of a stale one it starts the probe.</summary>
    public void Use(uint segment, IpAddress address, in NeighborAsker asker, long now)
    {
        if (_entries.TryGetValue((segment, address), out NeighborEntry? entry) && entry.State == NeighborState.Stale)
        {
            entry.Asker = asker;
            Enter(entry, NeighborState.Probe, now);
        }
    }

    /// <summary>
    /// What an ARP message or a neighbour advertisement says of its sender (RFC 4861 section 7.2.5). Of ARP a reply is solicited, and
    /// all override. Call it only for what came in on the provider network itself.
    /// </summary>
    /// <returns>Something changed, and a step may have packets to free.</returns>
    public bool Learn(uint segment, IpAddress address, MacAddress mac, bool solicited, bool overrides, long now)
    {
        if (mac.IsMulticast || mac.IsZero || !_entries.TryGetValue((segment, address), out NeighborEntry? entry))
        {
            return false;
        }

        return entry.State is NeighborState.Incomplete or NeighborState.Failed
            ? LearnFirst(entry, mac, solicited, now)
            : LearnAgain(entry, mac, solicited, overrides, now);
    }

    private bool LearnFirst(NeighborEntry entry, MacAddress mac, bool solicited, long now)
    {
        entry.Mac = mac;
        _generations.Bump(entry.Slot);
        if (solicited)
        {
            Enter(entry, NeighborState.Reachable, now + _limits.Reachable);
        }
        else
        {
            Enter(entry, NeighborState.Stale, now + _limits.Forget);
        }

        Move(entry.Held, _freed);
        return true;
    }

    private bool LearnAgain(NeighborEntry entry, MacAddress mac, bool solicited, bool overrides, long now)
    {
        if (entry.Mac == mac)
        {
            if (solicited)
            {
                Enter(entry, NeighborState.Reachable, now + _limits.Reachable);
            }

            return solicited;
        }

        if (overrides)
        {
            entry.Mac = mac;
        }
        else if (entry.State != NeighborState.Reachable)
        {
            return false;
        }

        // A new MAC is used at once, and asked by unicast with the first packet; a contested old one too.
        Enter(entry, NeighborState.Stale, now + _limits.Forget);
        _generations.Bump(entry.Slot);
        return true;
    }

    /// <summary>The segment is gone, and what waits on it with it.</summary>
    public void RemoveSegment(uint segment)
    {
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            if (_all[i].Segment == segment)
            {
                Remove(_all[i]);
            }
        }
    }

    /// <summary>Gives back the packet of a <see cref="HeldPacket"/>.</summary>
    public void Release(PacketBuffer packet) => _pool.Return(packet);

    public IEnumerable<NeighborDump> All() =>
        _all.Select(entry => new NeighborDump(entry.Segment, entry.Address, entry.Mac, entry.State));

    private PacketBuffer Copy(PacketBuffer packet)
    {
        PacketBuffer copy = _pool.Take(packet.Length);
        copy.CopyFrom(packet);
        return copy;
    }
}
