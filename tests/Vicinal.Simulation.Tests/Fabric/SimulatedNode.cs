using Vicinal.Datapath;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Simulation.Tests.Fabric;

/// <summary>An agent's machine: a node that can be lost with all that it remembers, its taps, and the stream of rows to it.</summary>
internal sealed class SimulatedNode : IPacketOutput
{
    private readonly SimulatedNetwork _network;
    private readonly Random _random;
    private readonly Action<Guid, byte[]> _delivered;
    private readonly Dictionary<Guid, SimHost> _guests = [];
    private readonly Dictionary<Guid, int> _devices = [];
    private readonly bool _elects;
    private int _lastDevice;
    private int _stream;
    private long _lastArrival;

    /// <param name="delivered">Hears of every frame that goes into a tap, with its port.</param>
    /// <param name="elects">Waits to be told which gateway nodes serve.</param>
    public SimulatedNode(SimulatedNetwork network, Random random, string host, IpAddress tunnelAddress, NodeMode mode, Action<Guid, byte[]> delivered, bool elects = false)
    {
        _elects = elects;
        _network = network;
        _random = random;
        _delivered = delivered;
        Host = host;
        TunnelAddress = tunnelAddress;
        Mode = mode;
        Node = Fresh();
    }

    public string Host { get; }

    public IpAddress TunnelAddress { get; }

    public NodeMode Mode { get; }

    public Node Node { get; private set; }

    /// <summary>The process dies and starts again: taps are found in any order, and the whole state is sent anew.</summary>
    public void Restart(IEnumerable<RowChange> everything)
    {
        Node = Fresh();
        _stream++;
        _devices.Clear();
        Guid[] ports = [.. _guests.Keys];
        _random.Shuffle(ports);
        bool wiredFirst = _random.Next(2) == 0;
        if (wiredFirst)
        {
            AttachAll(ports);
        }

        Feed([.. everything]);
        if (!wiredFirst)
        {
            int stream = _stream;
            _network.After(_random.Next(100), () =>
            {
                if (_stream == stream)
                {
                    AttachAll([.. _guests.Keys.Where(port => !_devices.ContainsKey(port))]);
                }
            });
        }
    }

    /// <summary>Rows on their way: in the order of the stream, at any time, the rows of one batch in any order and in parts.</summary>
    public void Feed(RowChange[] batch)
    {
        int stream = _stream;
        _random.Shuffle(batch);
        int parts = _random.Next(1, 4);
        foreach (RowChange[] part in batch.Chunk((batch.Length / parts) + 1))
        {
            _lastArrival = Math.Max(_lastArrival, _network.Now + _random.Next(150));
            _network.After(_lastArrival - _network.Now, () =>
            {
                // What a stream still carried when the process died is lost.
                if (_stream == stream)
                {
                    Node.Apply(part, _network.Now);
                }
            });
        }
    }

    public void Attach(Guid port, SimHost guest)
    {
        _guests[port] = guest;
        guest.Transmit = frame => _network.After(0, () => ReceiveTap(port, frame));
        AttachAll([port]);
    }

    public void Detach(Guid port)
    {
        if (_guests.Remove(port, out SimHost? guest))
        {
            guest.Transmit = _ => { };
            _devices.Remove(port);
            Node.DetachPort(port);
        }
    }

    /// <summary>What the node would do with a frame from a tap, for who reads a failure.</summary>
    public TraceResult? Trace(Guid port, byte[] frame) =>
        _devices.TryGetValue(port, out int device) ? Node.Trace(PacketSource.LocalPort(device), frame, _network.Now) : null;

    public TraceResult Trace(IpAddress remote, Encapsulation encapsulation, byte[] packet) =>
        Node.Trace(PacketSource.Tunnel(remote, 0, encapsulation), packet, _network.Now);

    public void Tick() => Node.Tick(_network.Now);

    public void ReceiveTunnel(IpAddress remote, Encapsulation encapsulation, byte[] packet, byte tos) =>
        Receive(PacketSource.Tunnel(remote, tos, encapsulation), packet);

    public void ReceiveWire(byte[] frame) => Receive(PacketSource.Physical(0), frame);

    public void ToPort(int device, PacketBuffer packet)
    {
        byte[] frame = packet.Span.ToArray();
        _network.Sent(this, OutputKind.Port, frame);
        foreach ((Guid port, int number) in _devices.Where(entry => entry.Value == device).ToArray())
        {
            SimHost guest = _guests[port];
            _network.After(0, () =>
            {
                _delivered(port, frame);
                guest.Receive(frame);
            });
        }
    }

    public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
    {
        byte[] bytes = packet.Span.ToArray();
        _network.Sent(this, OutputKind.Tunnel, bytes);
        _network.Tunnel(this, remote, encapsulation, bytes, tos);
    }

    public void ToPhysical(int index, PacketBuffer packet)
    {
        byte[] frame = packet.Span.ToArray();
        _network.Sent(this, OutputKind.Physical, frame);
        _network.Wire(this, frame);
    }

    /// <summary>Nobody lives in the node's own stack here.</summary>
    public void ToHost(int index, PacketBuffer packet)
    {
    }

    private void AttachAll(IReadOnlyList<Guid> ports)
    {
        foreach (Guid port in ports)
        {
            _devices[port] = ++_lastDevice;
            Node.AttachPort(port, _lastDevice);
        }
    }

    private void ReceiveTap(Guid port, byte[] frame)
    {
        if (_devices.TryGetValue(port, out int device))
        {
            Receive(PacketSource.LocalPort(device), frame);
        }
    }

    private void Receive(PacketSource source, byte[] frame)
    {
        PacketBuffer packet = new(PacketBuffer.Headroom + 4096);
        packet.CopyFrom(frame);
        Node.Receive(in source, packet, _network.Now);
    }

    private Node Fresh() => new(
        new NodeSettings
        {
            Host = Host,
            TunnelAddress = TunnelAddress,
            Mode = Mode,
            ElectsGateways = _elects,
            PhysicalNetworks = [new PhysicalNetwork("physnet1", new MacAddress(0x02_00_5E_00_00_00UL | (TunnelAddress.Ipv4Value & 0xFF)))],
            Limits = new NodeLimits { Connections = new() { Total = 1 << 13, PerZone = 1 << 11 }, Flows = 1 << 10 },
            HashSeed = (ulong)_random.NextInt64(),
        },
        this);
}
