using System.Diagnostics.CodeAnalysis;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>The names of a network's ports, by name and by address. Several ports may have one name.</summary>
internal sealed class NameTable
{
    private readonly Dictionary<Guid, NameRow> _byPort = [];
    private readonly Dictionary<string, List<NameRow>> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<IpAddress, List<NameRow>> _byAddress = [];

    public bool IsEmpty => _byPort.Count == 0;

    /// <param name="name">In lower case, without the last dot.</param>
    public bool TryByName(string name, [NotNullWhen(true)] out IReadOnlyList<NameRow>? rows)
    {
        rows = _byName.GetValueOrDefault(name);
        return rows is not null;
    }

    public bool TryByAddress(IpAddress address, [NotNullWhen(true)] out IReadOnlyList<NameRow>? rows)
    {
        rows = _byAddress.GetValueOrDefault(address);
        return rows is not null;
    }

    public void Put(NameRow row)
    {
        Remove(row.PortId);
        _byPort[row.PortId] = row;
        Add(_byName, row.FullName, row);
        foreach (IpAddress address in row.Addresses)
        {
            Add(_byAddress, address, row);
        }
    }

    public void Remove(Guid portId)
    {
        if (_byPort.Remove(portId, out NameRow? row))
        {
            Remove(_byName, row.FullName, row);
            foreach (IpAddress address in row.Addresses)
            {
                Remove(_byAddress, address, row);
            }
        }
    }

    /// <summary>In the order of ids, so that answers do not depend on who came first.</summary>
    private static void Add<TKey>(Dictionary<TKey, List<NameRow>> index, TKey key, NameRow row)
        where TKey : notnull
    {
        if (!index.TryGetValue(key, out List<NameRow>? rows))
        {
            index[key] = rows = [];
        }

        int place = rows.FindIndex(other => other.PortId.CompareTo(row.PortId) > 0);
        rows.Insert(place < 0 ? rows.Count : place, row);
    }

    private static void Remove<TKey>(Dictionary<TKey, List<NameRow>> index, TKey key, NameRow row)
        where TKey : notnull
    {
        if (index.TryGetValue(key, out List<NameRow>? rows) && rows.Remove(row) && rows.Count == 0)
        {
            index.Remove(key);
        }
    }
}
