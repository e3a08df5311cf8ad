using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;

namespace Vicinal.Datapath;

/// <content>What is there, for people. Enumerate on the data-path thread; nothing may change meanwhile.</content>
public sealed partial class Node
{
    public IEnumerable<PortView> Ports => _state.Ports.All.Where(p => p.Row is not null).Select(p => new PortView(
        p.Id, p.Row!.DeviceName, p.Device, p.Row.Mac, p.Row.Addresses, p.Row.AdminUp, p.Counters));

    /// <summary>The nodes that tunnel packets may come from.</summary>
    public IEnumerable<TunnelPeer> Peers => _state.Nodes.ByTunnelAddress.Select(n => new TunnelPeer(n.Key, n.Value.Slot));

    public IEnumerable<NeighborView> Neighbors => _neighbors.All().Select(n => new NeighborView(
        _state.Segments.TryByNumber(n.Segment, out Segment? segment) ? segment.NetworkId : default, n.Address, n.Mac, n.State.ToString()));

    public IEnumerable<FlowEntry> Flows => _flows.Slots().Select(slot => _flows[slot]);

    /// <summary>The same with what only the cache knows of them.</summary>
    public IEnumerable<FlowView> FlowViews =>
        _flows.Slots().Select(slot => new FlowView(slot, _flows[slot], _flows.LastUsed(slot)));

    public int FlowCount => _flows.Count;

    public IEnumerable<Connection> Connections => _connections.All().Select(handle => _connections[handle]);

    public int ConnectionCount => _connections.Count;
}
