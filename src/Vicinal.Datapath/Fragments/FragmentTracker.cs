using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Fragments;

/// <summary>
/// Reassembles IPv4 and IPv6 datagrams where filters or translation need the ports that only the first fragment has. Nothing of an
/// incomplete datagram goes on, so no fragment can pass a filter before the one that decides. Overlaps condemn the datagram
/// (RFC 5722; the same for IPv4, where no honest sender makes them). Bounded in number, bytes and time, in total and per
/// source. One thread.
/// </summary>
public sealed class FragmentTracker
{
    private readonly FragmentLimits _limits;
    private readonly PacketPool _pool;
    private readonly Dictionary<DatagramKey, FragmentedDatagram> _datagrams = new(256);
    private readonly Dictionary<uint, SourceList> _sources = new(64);
    private readonly LinkedList<FragmentedDatagram> _byAge = new();
    private readonly Stack<FragmentedDatagram> _spare = new(256);
    private readonly Stack<SourceList> _spareSources = new(64);
    private long _bytes;

    public FragmentTracker(FragmentLimits limits, PacketPool? pool = null)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
        _pool = pool ?? new PacketPool();
    }

    /// <summary>Datagrams that wait, condemned ones included.</summary>
    public int Count => _datagrams.Count;

    public long Bytes => _bytes;

    /// <summary>
    /// Takes a fragment in; the caller's buffer is not kept. <paramref name="source"/> is the caller's number for where it came in, by
    /// which limits are kept and datagrams are told apart: one sender cannot complete or spoil another's.
    /// </summary>
    public FragmentVerdict Add(uint source, in PacketHeaders h, PacketBuffer packet, long now)
    {
        ReadOnlySpan<byte> frame = packet.Span;
        if (!h.IsFragment || packet.Offload.NeedsChecksum || packet.Offload.Gso != GsoType.None)
        {
            return FragmentVerdict.Dropped(DropReason.Malformed);
        }

        DatagramKey key = DatagramKey.Of(source, in h);
        FragmentLayout layout = FragmentLayout.Of(in h, frame);
        if (!_datagrams.TryGetValue(key, out FragmentedDatagram? datagram) && !TryBegin(in key, now, out datagram))
        {
            return FragmentVerdict.Dropped(DropReason.FragmentLimit);
        }

        if (datagram.IsCondemned)
        {
            return FragmentVerdict.Dropped(DropReason.Malformed);
        }

        if (!TryMakeRoom(datagram, h.FragmentOffset + h.End - layout.DataOffset))
        {
            Forget(datagram);
            return FragmentVerdict.Dropped(DropReason.FragmentLimit);
        }

        if (!datagram.TryAdd(frame, in h, in layout) || (datagram.IsComplete && !datagram.TryFinish()))
        {
            Condemn(datagram);
            return FragmentVerdict.Dropped(DropReason.Malformed);
        }

        return datagram.IsComplete ? Finish(datagram) : FragmentVerdict.Held;
    }

    /// <summary>Gives a reassembled packet back.</summary>
    public void Release(PacketBuffer whole) => _pool.Return(whole);

    /// <summary>Forgets what has waited too long.</summary>
    /// <returns>How many datagrams, condemned ones not counted, were given up (FragmentTimeout).</returns>
    public int Expire(long now)
    {
        int expired = 0;
        while (_byAge.First is { } oldest && oldest.Value.Deadline <= now)
        {
            expired += oldest.Value.IsCondemned ? 0 : 1;
            Forget(oldest.Value);
        }

        return expired;
    }

    /// <summary>Where they came from is gone.</summary>
    public void RemoveSource(uint source)
    {
        while (_sources.TryGetValue(source, out SourceList? list))
        {
            Forget(list.ByAge.First!.Value);
        }
    }

    private bool TryBegin(in DatagramKey key, long now, out FragmentedDatagram datagram)
    {
        datagram = null!;
        if (_sources.TryGetValue(key.Source, out SourceList? list) && list.ByAge.Count >= _limits.DatagramsPerSource)
        {
            Forget(list.ByAge.First!.Value);
        }

        if (_datagrams.Count >= _limits.Datagrams)
        {
            return false;
        }

        datagram = _spare.TryPop(out FragmentedDatagram? spare) ? spare : new FragmentedDatagram();
        datagram.Begin(in key, now + _limits.Timeout);
        if (!_sources.TryGetValue(key.Source, out list))
        {
            list = _spareSources.TryPop(out SourceList? spareList) ? spareList : new SourceList();
            _sources.Add(key.Source, list);
        }

        list.ByAge.AddLast(datagram.BySource);
        _byAge.AddLast(datagram.ByAge);
        _datagrams.Add(key, datagram);
        return true;
    }

    /// <summary>A buffer for the datagram as far as it is known to reach; a larger one takes over what is there.</summary>
    private bool TryMakeRoom(FragmentedDatagram datagram, int length)
    {
        if (length <= datagram.Room && datagram.Buffer is not null)
        {
            return true;
        }

        SourceList list = _sources[datagram.Key.Source];
        int more = PacketPool.RoomFor(length) - datagram.Room;
        while (list.Bytes + more > _limits.BytesPerSource && list.ByAge.First!.Value != datagram)
        {
            Forget(list.ByAge.First.Value);
        }

        if (list.Bytes + more > _limits.BytesPerSource || _bytes + more > _limits.Bytes)
        {
            return false;
        }

        PacketBuffer larger = _pool.Take(length);
        if (datagram.Buffer is { } old)
        {
            old.Bytes.CopyTo(larger.Bytes.AsSpan());
            _pool.Return(old);
        }

        datagram.Buffer = larger;
        list.Bytes += more;
        _bytes += more;
        return true;
    }

    private FragmentVerdict Finish(FragmentedDatagram datagram)
    {
        PacketBuffer whole = datagram.Buffer!;
        FragmentVerdict verdict = new(
            FragmentOutcome.Whole, DropReason.None, whole, datagram.LargestFragment, datagram.DontFragment, datagram.Key.Id);
        Discount(datagram);
        datagram.Buffer = null;
        Forget(datagram);
        return verdict;
    }

    /// <summary>Its bytes go, its name stays until it would have timed out.</summary>
    private void Condemn(FragmentedDatagram datagram)
    {
        DropBuffer(datagram);
        datagram.IsCondemned = true;
    }

    private void Forget(FragmentedDatagram datagram)
    {
        DropBuffer(datagram);
        SourceList list = _sources[datagram.Key.Source];
        list.ByAge.Remove(datagram.BySource);
        if (list.ByAge.Count == 0)
        {
            _sources.Remove(datagram.Key.Source);
            _spareSources.Push(list);
        }

        _byAge.Remove(datagram.ByAge);
        _datagrams.Remove(datagram.Key);
        _spare.Push(datagram);
    }

    private void DropBuffer(FragmentedDatagram datagram)
    {
        if (datagram.Buffer is { } buffer)
        {
            Discount(datagram);
            datagram.Buffer = null;
            _pool.Return(buffer);
        }
    }

    private void Discount(FragmentedDatagram datagram)
    {
        _sources[datagram.Key.Source].Bytes -= datagram.Room;
        _bytes -= datagram.Room;
    }

    private sealed class SourceList
    {
        public LinkedList<FragmentedDatagram> ByAge { get; } = new();

        public long Bytes { get; set; }
    }
}
