using System.Runtime.InteropServices;

namespace Vicinal.Datapath.Connections;

/// <content>The connections of each zone, oldest first, in lists through the connections themselves.</content>
public sealed partial class ConnectionTracker
{
    private readonly Dictionary<uint, ZoneList> _zones = new(1024);

    public int CountIn(uint zone) => _zones.TryGetValue(zone, out ZoneList list) ? list.Count : 0;

    /// <summary>Forgets all of a port or router that is gone.</summary>
    public void RemoveZone(uint zone)
    {
        while (_zones.TryGetValue(zone, out ZoneList list))
        {
            RemoveAt(list.Oldest);
        }
    }

    /// <summary>All connections of a zone, oldest first, for dumps and for asking rules again. The tracker must not change meanwhile.</summary>
    public IEnumerable<ConnectionHandle> InZone(uint zone)
    {
        int at = _zones.TryGetValue(zone, out ZoneList list) ? list.Oldest : Nil;
        while (at != Nil)
        {
            yield return HandleOf(at);
            at = _connections[at].ZoneNext;
        }
    }

    /// <summary>All connections, for dumps. The tracker must not change meanwhile.</summary>
    public IEnumerable<ConnectionHandle> All() => _zones.Keys.SelectMany(InZone);

    private void LinkZone(int index, uint zone)
    {
        ref ZoneList list = ref CollectionsMarshal.GetValueRefOrAddDefault(_zones, zone, out bool exists);
        ref Connection connection = ref _connections[index];
        connection.ZoneNext = Nil;
        connection.ZonePrevious = exists ? list.Newest : Nil;
        if (exists)
        {
            _connections[list.Newest].ZoneNext = index;
        }
        else
        {
            list.Oldest = index;
        }

        list.Newest = index;
        list.Count++;
    }

    private void UnlinkZone(int index)
    {
        ref Connection connection = ref _connections[index];
        ref ZoneList list = ref CollectionsMarshal.GetValueRefOrAddDefault(_zones, connection.Zone, out _);
        if (--list.Count == 0)
        {
            _zones.Remove(connection.Zone);
            return;
        }

        if (connection.ZonePrevious == Nil)
        {
            list.Oldest = connection.ZoneNext;
        }
        else
        {
            _connections[connection.ZonePrevious].ZoneNext = connection.ZoneNext;
        }

        if (connection.ZoneNext == Nil)
        {
            list.Newest = connection.ZonePrevious;
        }
        else
        {
            _connections[connection.ZoneNext].ZonePrevious = connection.ZonePrevious;
        }
    }

    private struct ZoneList
    {
        public int Oldest;
        public int Newest;
        public int Count;
    }
}
