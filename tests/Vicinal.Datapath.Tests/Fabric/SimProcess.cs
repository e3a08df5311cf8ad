using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Datapath.Tests.Flows;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>
/// The processes that are a node's agent one after the other, and what outlives them: the mirror and the journal. Each process has its
/// generations in the other half of the mirror's array than the one before.
/// </summary>
internal sealed class SimProcess(SimNode node, SimCloud cloud)
{
    private const uint Half = 1 << 16;

    private readonly Dictionary<uint, IpAddress> _peers = [];
    private bool _upper;

    public MapMirror Mirror { get; } = new();

    public ArrayJournal Journal { get; } = new(node.Settings.Limits.Connections.Total);

    /// <summary>A process begins: it gets the whole state, attaches the taps, and goes on with its predecessor's connections.</summary>
    public RestoredConnections Start()
    {
        _upper = !_upper;
        Node next = new(node.Settings, node, Mirror, _upper ? Half : 0, Journal);
        node.Become(next, [.. cloud.Rows]);
        RestoredConnections restored = next.RestoreConnections(Journal.Records, cloud.Fabric.Now);
        return restored;
    }

    /// <summary>Killed: only the mirror and the journal are left of it. What happens meanwhile reaches neither.</summary>
    public void Kill()
    {
        _peers.Clear();
        foreach (TunnelPeer peer in node.Node.Peers)
        {
            _peers[peer.Number] = peer.Address;
        }

        node.Become(new Node(node.Settings, node), [.. cloud.Rows]);
    }

    /// <summary>Adopts all that the mirror still has of the predecessor, and again what waited for a neighbour.</summary>
    public Dictionary<FlowKey, Adoption> Adopt()
    {
        Dictionary<FlowKey, Adoption> outcome = [];
        FlowKey[] keys = [.. Mirror.Flows.Keys];
        for (int round = 0; round < 5 && keys.Length > 0; round++)
        {
            foreach (FlowKey key in keys)
            {
                outcome[key] = Adopt(in key);
            }

            keys = [.. outcome.Where(o => o.Value == Adoption.Later).Select(o => o.Key)];
            cloud.Fabric.Advance(2000);
        }

        return outcome;
    }

    public Adoption Adopt(in FlowKey key, MacAddress nextHop = default)
    {
        Adoption adoption = node.Node.AdoptFlow(in key, RemoteOf(in key), nextHop, cloud.Fabric.Now, out FlowKey adopted);
        if (adoption == Adoption.Refused || (adoption == Adoption.Adopted && adopted != key))
        {
            Mirror.Delete(in key);
        }

        return adoption;
    }

    public IpAddress RemoteOf(in FlowKey key) =>
        key.InputKind == FlowInputKind.Tunnel ? _peers.GetValueOrDefault(key.InputPeer >> 3) : default;
}
