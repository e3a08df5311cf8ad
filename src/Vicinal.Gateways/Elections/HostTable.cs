using Vicinal.Packets;

namespace Vicinal.Gateways.Elections;

/// <summary>
/// The nodes by a small number. A number is given once and stays, so that whoever holds one never means another node; a node that
/// left has no address.
/// </summary>
public sealed class HostTable
{
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<IpAddress, int> _byAddress = [];
    private readonly Dictionary<Guid, int> _byId = [];
    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>Rises when a node comes, leaves or moves its tunnel's end.</summary>
    public uint Version { get; private set; }

    public string NameOf(int host) => _entries[host].Name;

    /// <summary>Where its tunnels end; null while no row says so.</summary>
    public IpAddress? AddressOf(int host) => _entries[host].Address;

    public bool TryFind(IpAddress tunnelAddress, out int host) => _byAddress.TryGetValue(tunnelAddress, out host);

    public bool TryFind(string name, out int host) => _byName.TryGetValue(name, out host);

    internal Guid IdOf(int host) => _entries[host].Id;

    internal bool TryFind(Guid nodeId, out int host) => _byId.TryGetValue(nodeId, out host);

    internal int Intern(string name)
    {
        if (!_byName.TryGetValue(name, out int host))
        {
            host = _entries.Count;
            _byName.Add(name, host);
            _entries.Add(new Entry(name, Guid.Empty, null));
        }

        return host;
    }

    internal int Put(string name, Guid nodeId, IpAddress address)
    {
        int host = Intern(name);
        Remove(_entries[host].Id);
        _entries[host] = new Entry(name, nodeId, address);
        _byId[nodeId] = host;
        _byAddress[address] = host;
        Version++;
        return host;
    }

    internal void Remove(Guid nodeId)
    {
        if (_byId.Remove(nodeId, out int host))
        {
            Entry entry = _entries[host];
            if (entry.Address is { } address && _byAddress.TryGetValue(address, out int there) && there == host)
            {
                _byAddress.Remove(address);
            }

            _entries[host] = entry with { Id = Guid.Empty, Address = null };
            Version++;
        }
    }

    private readonly record struct Entry(string Name, Guid Id, IpAddress? Address);
}
