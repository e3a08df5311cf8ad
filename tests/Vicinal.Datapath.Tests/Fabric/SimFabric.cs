using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>
/// Nodes, their tunnels and the physical networks between them, in memory. Packets travel one at a time in the order they were sent, so
/// that every run is the same.
/// </summary>
internal sealed class SimFabric
{
    private readonly Queue<Action> _events = new();
    private readonly List<SimNode> _nodes = [];
    private readonly List<(string Network, ushort Vlan, SimHost Host)> _wireHosts = [];

    public long Now { get; private set; } = 1000;

    public IReadOnlyList<SimNode> Nodes => _nodes;

    /// <summary>Every frame on a physical network, with who sent it.</summary>
    public List<(string Network, string From, byte[] Frame)> Wire { get; } = [];

    public SimNode Add(NodeSettings settings)
    {
        SimNode node = new(this, settings);
        _nodes.Add(node);
        return node;
    }

    /// <summary>MACs whose frames go to one node alone, where switches heard them last; all others are for everybody.</summary>
    public Dictionary<MacAddress, SimNode> Learnt { get; } = [];

    /// <summary>Connects a host that is not the cloud's to a physical network.</summary>
    public void Connect(string network, SimHost host, ushort vlan = 0)
    {
        _wireHosts.Add((network, vlan, host));
        host.Transmit = frame => Enqueue(() =>
            Broadcast(network, host.Name, vlan == 0 ? frame : PacketBuilder.Tagged(frame, new VlanTag(0, false, vlan)), null, host));
    }

    public SimNode? ByTunnelAddress(IpAddress address) => _nodes.Find(n => n.Settings.TunnelAddress == address);

    public void Enqueue(Action packet) => _events.Enqueue(packet);

    public void OnWire(string network, SimNode from, byte[] frame) => Enqueue(() => Broadcast(network, from.Host, frame, from, null));

    /// <summary>Lets everything that is under way arrive, and what that causes.</summary>
    public void Run()
    {
        for (int steps = 0; _events.TryDequeue(out Action? step); steps++)
        {
            (steps < 100_000).ShouldBeTrue("a packet goes round and round");
            step();
        }
    }

    /// <summary>Time passes in steps, with the nodes' timers.</summary>
    public void Advance(long milliseconds)
    {
        for (long end = Now + milliseconds; Now < end;)
        {
            Now = Math.Min(end, Now + 50);
            foreach (SimNode node in _nodes)
            {
                node.Node.Tick(Now);
            }

            Run();
        }
    }

    /// <summary>A hub: everybody but the sender hears it; NICs are promiscuous, hosts filter themselves.</summary>
    private void Broadcast(string network, string name, byte[] frame, SimNode? fromNode, SimHost? fromHost)
    {
        Wire.Add((network, name, frame));
        if (fromNode is not null && Learnt.ContainsKey(MacAddress.Read(frame.AsSpan(6))))
        {
            Learnt[MacAddress.Read(frame.AsSpan(6))] = fromNode;
        }

        SimNode? only = Learnt.GetValueOrDefault(MacAddress.Read(frame));
        foreach (SimNode node in _nodes.Where(n => n != fromNode && (only is null || n == only)))
        {
            for (int i = 0; i < node.Settings.PhysicalNetworks.Count; i++)
            {
                if (node.Settings.PhysicalNetworks[i].Name == network)
                {
                    node.Receive(PacketSource.Physical(i), frame);
                }
            }
        }

        bool tagged = VlanTag.TryRead(frame, out VlanTag tag);
        foreach ((string net, ushort vlan, SimHost host) in _wireHosts.Where(h => h.Host != fromHost))
        {
            if (net == network && vlan == (tagged ? tag.Id : 0))
            {
                byte[] untagged = tagged ? [.. frame[..12], .. frame[16..]] : frame;
                host.Receive(untagged);
            }
        }
    }
}
