using Vicinal.Datapath.Connections;

namespace Vicinal.Datapath.Nat;

/// <summary>
/// Bitmaps of the taken ports for the few remote endpoints towards which a translated address has used up most of them.
/// Probing finds a free port in a sparse space; in a nearly full one it would take tens of thousands of look-ups for each
/// new connection, which a guest could make its node do. A map costs one such scan when it begins, then a bit per commit.
/// </summary>
internal sealed class CrowdedRemotes
{
    /// <summary>More than limits on connections let anyone crowd; beyond it the emptiest map goes.</summary>
    private const int MaxMaps = 64;

    /// <summary>Below this probing succeeds at once, so the map goes.</summary>
    private const int LeastTaken = 32768;

    private readonly Dictionary<(uint Zone, ConnectionTuple Space), PortMap> _maps = new(MaxMaps);
    private readonly Stack<PortMap> _spare = new(MaxMaps);

    public int Count => _maps.Count;

    public void Taken(uint zone, in ConnectionTuple tuple)
    {
        if (_maps.Count != 0 && _maps.TryGetValue((zone, NatPorts.SpaceOf(in tuple)), out PortMap? map))
        {
            map.Set(NatPorts.PortOf(in tuple));
        }
    }

    public void Freed(uint zone, in ConnectionTuple tuple)
    {
        if (_maps.Count == 0)
        {
            return;
        }

        (uint Zone, ConnectionTuple Space) key = (zone, NatPorts.SpaceOf(in tuple));
        if (!_maps.TryGetValue(key, out PortMap? map))
        {
            return;
        }

        map.Reset(NatPorts.PortOf(in tuple));
        if (map.Taken < LeastTaken)
        {
            _maps.Remove(key);
            _spare.Push(map);
        }
    }

    public bool TryGet(uint zone, in ConnectionTuple space, out PortMap map) => _maps.TryGetValue((zone, space), out map!);

    public PortMap Begin(uint zone, in ConnectionTuple space)
    {
        if (_maps.Count == MaxMaps)
        {
            (uint Zone, ConnectionTuple Space) emptiest = _maps.MinBy(entry => entry.Value.Taken).Key;
            _maps.Remove(emptiest, out PortMap? evicted);
            _spare.Push(evicted!);
        }

        PortMap map = _spare.Count != 0 ? _spare.Pop() : new PortMap();
        map.Clear();
        _maps.Add((zone, space), map);
        return map;
    }
}
