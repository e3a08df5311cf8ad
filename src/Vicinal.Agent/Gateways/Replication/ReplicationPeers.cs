using System.Diagnostics.CodeAnalysis;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Gateways.Replication;

/// <summary>Where each node's tunnels end, as rows say, in whatever order they come. Owned by the data-path thread.</summary>
internal sealed class ReplicationPeers
{
    private readonly Dictionary<string, NodeRow> _byHost = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, string> _byId = [];
    private readonly Dictionary<IpAddress, string> _byAddress = [];

    /// <param name="row">Null when the node has left.</param>
    public void Apply(Guid nodeId, NodeRow? row)
    {
        if (_byId.Remove(nodeId, out string? former))
        {
            Forget(former);
        }

        if (row is null)
        {
            return;
        }

        // The host may have come back under another id, before its former one is said to be gone.
        if (_byHost.TryGetValue(row.Host, out NodeRow? before))
        {
            _byId.Remove(before.NodeId);
            Forget(row.Host);
        }

        _byHost[row.Host] = row;
        _byId[row.NodeId] = row.Host;
        _byAddress[row.TunnelAddress] = row.Host;
    }

    public bool TryFind(IpAddress tunnelAddress, [MaybeNullWhen(false)] out string host) => _byAddress.TryGetValue(tunnelAddress, out host);

    public IpAddress? AddressOf(string host) => _byHost.TryGetValue(host, out NodeRow? row) ? row.TunnelAddress : null;

    /// <summary>Its address may be another node's by now.</summary>
    private void Forget(string host)
    {
        if (_byHost.Remove(host, out NodeRow? row) && _byAddress.TryGetValue(row.TunnelAddress, out string? there) && there == host)
        {
            _byAddress.Remove(row.TunnelAddress);
        }
    }
}
