using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>A node under test: its outputs go to the fabric it is in, and are remembered.</summary>
internal sealed class SimNode : IPacketOutput
{
    private readonly SimFabric _fabric;
    private readonly Dictionary<int, SimHost> _taps = [];
    private readonly Dictionary<Guid, int> _devices = [];

    public SimNode(SimFabric fabric, NodeSettings settings)
    {
        _fabric = fabric;
        Settings = settings;
        Node = new Node(settings, this);
    }

    public Node Node { get; }

    public NodeSettings Settings { get; }

    public string Host => Settings.Host;

    public List<SentTunnel> Tunnelled { get; } = [];

    public List<(int Index, byte[] Frame)> Transmitted { get; } = [];

    public List<(int Index, byte[] Frame)> ToHostFrames { get; } = [];

    public List<(int Device, byte[] Frame)> Delivered { get; } = [];

    public int DeviceOf(Guid port) => _devices[port];

    public void Attach(Guid port, SimHost guest)
    {
        int device = _devices.Count + 1;
        _devices[port] = device;
        _taps[device] = guest;
        guest.Transmit = frame => _fabric.Enqueue(() => Receive(PacketSource.LocalPort(device), frame));
        Node.AttachPort(port, device);
    }

    public void Detach(Guid port)
    {
        Node.DetachPort(port);
        _taps.Remove(_devices[port]);
        _devices.Remove(port);
    }

    public void Receive(PacketSource source, byte[] frame)
    {
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        Node.Receive(in source, packet, _fabric.Now);
    }

    public void ToPort(int device, PacketBuffer packet)
    {
        byte[] frame = packet.Span.ToArray();
        Delivered.Add((device, frame));
        if (_taps.TryGetValue(device, out SimHost? guest))
        {
            _fabric.Enqueue(() => guest.Receive(frame));
        }
    }

    public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
    {
        byte[] frame = packet.Span.ToArray();
        Tunnelled.Add(new SentTunnel(remote, encapsulation, frame, flowHash, tos));
        if (_fabric.ByTunnelAddress(remote) is { } peer)
        {
            _fabric.Enqueue(() => peer.Receive(PacketSource.Tunnel(Settings.TunnelAddress, tos, encapsulation), frame));
        }
    }

    public void ToPhysical(int index, PacketBuffer packet)
    {
        byte[] frame = packet.Span.ToArray();
        Transmitted.Add((index, frame));
        _fabric.OnWire(Settings.PhysicalNetworks[index].Name, this, frame);
    }

    public void ToHost(int index, PacketBuffer packet) => ToHostFrames.Add((index, packet.Span.ToArray()));

    public void ForgetOutputs()
    {
        Tunnelled.Clear();
        Transmitted.Clear();
        ToHostFrames.Clear();
        Delivered.Clear();
    }
}

/// <summary>What went into a tunnel, from the tunnel header on.</summary>
internal sealed record SentTunnel(IpAddress Remote, Encapsulation Encapsulation, byte[] Bytes, uint Hash, byte Tos)
{
    public PacketHeaders Inner
    {
        get
        {
            GeneveHeader.TryRead(Bytes, out _, out int size).ShouldBeTrue();
            PacketHeaders.Parse(Bytes.AsSpan(size), out PacketHeaders h).ShouldBe(ParseResult.Ok);
            return h;
        }
    }

    public GeneveHeader Header
    {
        get
        {
            GeneveHeader.TryRead(Bytes, out GeneveHeader header, out _).ShouldBeTrue();
            return header;
        }
    }
}
