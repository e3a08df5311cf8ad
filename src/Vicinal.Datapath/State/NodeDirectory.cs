using System.Diagnostics.CodeAnalysis;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>The nodes by host name and by tunnel address.</summary>
internal sealed class NodeDirectory(string self, Generations generations)
{
    private readonly Dictionary<Guid, NodeRow> _rows = [];
    private readonly Dictionary<string, RemoteNode> _byHost = new(StringComparer.Ordinal);
    private readonly Dictionary<IpAddress, RemoteNode> _byTunnelAddress = [];

    /// <summary>All other nodes that are known by an address.</summary>
    public IReadOnlyDictionary<IpAddress, RemoteNode> ByTunnelAddress => _byTunnelAddress;

    public RemoteNode ByHost(string host)
    {
        if (!_byHost.TryGetValue(host, out RemoteNode? node))
        {
            node = new RemoteNode(host, generations.Allocate()) { IsSelf = host == self };
            _byHost[host] = node;
        }

        return node;
    }

    public bool TryByTunnelAddress(IpAddress address, [NotNullWhen(true)] out RemoteNode? node) =>
        _byTunnelAddress.TryGetValue(address, out node);

    public void Put(NodeRow row)
    {
        if (_rows.TryGetValue(row.NodeId, out NodeRow? old))
        {
            Forget(old);
        }

        _rows[row.NodeId] = row;
        Install(row);
    }

    public void Remove(Guid nodeId)
    {
        if (_rows.Remove(nodeId, out NodeRow? old))
        {
            Forget(old);
        }
    }

    private void Install(NodeRow row)
    {
        RemoteNode node = ByHost(row.Host);
        node.Row = row;
        generations.Bump(node.Slot);
        if (!node.IsSelf)
        {
            _byTunnelAddress[row.TunnelAddress] = node;
        }
    }

    /// <summary>A host that registered anew under another id before its old row went keeps what the new row says.</summary>
    private void Forget(NodeRow old)
    {
        RemoteNode node = ByHost(old.Host);
        if (node.Row != old)
        {
            return;
        }

        node.Row = null;
        generations.Bump(node.Slot);
        if (_byTunnelAddress.TryGetValue(old.TunnelAddress, out RemoteNode? known) && known == node)
        {
            _byTunnelAddress.Remove(old.TunnelAddress);
        }

        NodeRow? other = _rows.Values.FirstOrDefault(r => r != old && (r.Host == old.Host || r.TunnelAddress == old.TunnelAddress));
        if (other is not null)
        {
            Install(other);
        }
    }
}
