using Vicinal.Forwarding;
using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Elections;

/// <summary>
/// Routers that the data path was told to stop serving and may still serve. Until it has stopped they count for the node's lease, for the data path
/// goes by that lease alone: it must not grow on the word of witnesses that have given such a router to another node.
/// </summary>
internal sealed class Draining(NodeLease lease)
{
    private readonly List<Entry> _entries = [];

    /// <param name="change">The number of the change that has the data path stop.</param>
    public void Add(Guid routerId, GatewayLease kind, byte granted, ulong change) => _entries.Add(new Entry(routerId, kind, granted, change));

    public void Applied(ulong change)
    {
        for (int i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].Change <= change)
            {
                lease.Remove(_entries[i].Kind, _entries[i].Granted);
                _entries.RemoveAt(i);
            }
        }
    }

    /// <summary>A witness took the router away.</summary>
    public void Lose(Guid routerId, int seat)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].RouterId == routerId)
            {
                Clear(i, seat);
            }
        }
    }

    /// <summary>A witness forgot all that it had granted.</summary>
    public void LoseAll(int seat)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            Clear(i, seat);
        }
    }

    /// <summary>The witnesses changed, and those of some seats are gone.</summary>
    public void Recount(byte gone)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            _entries[i] = _entries[i] with { Granted = (byte)(_entries[i].Granted & ~gone) };
            lease.Recount(_entries[i].Kind, _entries[i].Granted);
        }
    }

    private void Clear(int entry, int seat)
    {
        byte left = (byte)(_entries[entry].Granted & ~(1 << seat));
        lease.Change(_entries[entry].Kind, _entries[entry].Granted, left);
        _entries[entry] = _entries[entry] with { Granted = left };
    }

    private readonly record struct Entry(Guid RouterId, GatewayLease Kind, byte Granted, ulong Change);
}
