using Vicinal.Datapath;
using Vicinal.Ebpf;
using Vicinal.Packets;

namespace Vicinal.Agent.Kernel;

/// <summary>Keeps the programs' table of the tunnels' far ends in line with the node's. Owned by the data-path thread.</summary>
internal sealed class TunnelPeers(FastPath fastPath)
{
    private readonly Dictionary<IpAddress, uint> _known = fastPath.FormerPeers.ToDictionary(peer => peer.Value, peer => peer.Key);

    public void Follow(Node node)
    {
        HashSet<IpAddress> gone = [.. _known.Keys];
        foreach ((IpAddress address, uint number) in node.Peers)
        {
            gone.Remove(address);
            if (!_known.TryGetValue(address, out uint before) || before != number)
            {
                fastPath.SetPeer(address, number);
                _known[address] = number;
            }
        }

        foreach (IpAddress address in gone)
        {
            fastPath.RemovePeer(address);
            _known.Remove(address);
        }
    }
}
