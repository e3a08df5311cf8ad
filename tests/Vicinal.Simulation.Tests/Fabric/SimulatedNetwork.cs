using Vicinal.Datapath;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Simulation.Tests.Fabric;

/// <summary>
/// Virtual time and everything that happens in it: tunnels between nodes, one provider switch that learns, timers. One thread, one
/// source of chance; the same seed gives the same run.
/// </summary>
internal sealed class SimulatedNetwork(Random random)
{
    private const int TickInterval = 20;

    private readonly PriorityQueue<Action, (long Time, long Sequence)> _events = new();
    private readonly List<SimulatedNode> _nodes = [];
    private readonly List<Action<byte[]>> _hosts = [];
    private readonly Dictionary<MacAddress, object> _ports = [];
    private long _sequence;
    private long _nextTick = 1000;

    public long Now { get; private set; } = 1000;

    public Faults Faults { get; set; } = Faults.None;

    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>Hears of everything that a node sends: into a tap, into a tunnel, onto the wire.</summary>
    public Action<SimulatedNode, OutputKind, byte[]> Sent { get; set; } = (_, _, _) => { };

    public void Add(SimulatedNode node) => _nodes.Add(node);

    /// <summary>A host on the wire that is not the cloud's.</summary>
    /// <returns>What it sends with.</returns>
    public Action<byte[]> Connect(Action<byte[]> hear)
    {
        _hosts.Add(hear);
        return frame => Wire(from: hear, frame);
    }

    /// <summary>Later, in the order of time and then of calls.</summary>
    public void After(long milliseconds, Action action) => _events.Enqueue(action, (Now + milliseconds, ++_sequence));

    public void Tunnel(SimulatedNode from, IpAddress remote, Encapsulation encapsulation, byte[] packet, byte tos)
    {
        if (_nodes.Find(node => node.TunnelAddress == remote) is { } peer)
        {
            Carry(() => peer.ReceiveTunnel(from.TunnelAddress, encapsulation, packet, tos));
        }
    }

    /// <summary>
    /// To the port where the destination was last heard, or to all but the one that it came from, as switches do it. Each listener
    /// loses, delays and doubles on its own.
    /// </summary>
    public void Wire(object from, byte[] frame)
    {
        _ports[MacAddress.Read(frame.AsSpan(6))] = from;
        MacAddress destination = MacAddress.Read(frame);
        object? known = destination.IsMulticast ? null : _ports.GetValueOrDefault(destination);
        foreach (SimulatedNode node in _nodes.Where(node => node != from && (known is null || node == known)))
        {
            Carry(() => node.ReceiveWire(frame));
        }

        foreach (Action<byte[]> host in _hosts.Where(host => !host.Equals(from) && (known is null || host.Equals(known))))
        {
            Carry(() => host(frame));
        }
    }

    public void Advance(long milliseconds)
    {
        long end = Now + milliseconds;
        while (true)
        {
            long due = _events.TryPeek(out _, out (long Time, long Sequence) key) ? key.Time : long.MaxValue;
            if (Math.Min(due, _nextTick) > end)
            {
                break;
            }

            Now = Math.Max(Now, Math.Min(due, _nextTick));
            if (due <= _nextTick)
            {
                _events.Dequeue()();
                continue;
            }

            _nextTick += TickInterval;
            _nodes.ForEach(node => node.Tick());
        }

        Now = end;
    }

    private void Carry(Action arrive)
    {
        if (random.Next(100) < Faults.Loss)
        {
            return;
        }

        After(random.Next(Faults.MaxDelay + 1), arrive);
        if (random.Next(100) < Faults.Duplication)
        {
            After(random.Next(Faults.MaxDelay + 1), arrive);
        }
    }
}
