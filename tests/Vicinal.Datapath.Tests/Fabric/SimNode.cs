using Vicinal.Datapath.Pipeline;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>A node under test: its outputs go to the fabric it is in, and are remembered.</summary>
internal sealed class SimNode : IPacketOutput
{
    private readonly PacketBuffer _packet = new();
    private readonly SimFabric _fabric;
    private readonly Dictionary<int, SimHost> _taps = [];
    private readonly Dictionary<Guid, int> _devices = [];
    private readonly List<(OutputKind Kind, int Index, IpAddress Remote, byte[] Bytes)> _outputs = [];

    public SimNode(SimFabric fabric, NodeSettings settings)
    {
        _fabric = fabric;
        Settings = settings;
        Replicas = new SimReplicas(fabric);
        Node = new Node(settings, this, replicas: Replicas);
    }

    public Node Node { get; private set; }

    public NodeSettings Settings { get; }

    public SimReplicas Replicas { get; }

    public string Host => Settings.Host;

    public List<SentTunnel> Tunnelled { get; } = [];

    public List<(int Index, byte[] Frame)> Transmitted { get; } = [];

    public List<(int Index, byte[] Frame)> ToHostFrames { get; } = [];

    /// <summary>What came to the node's own sockets.</summary>
    public List<byte[]> ToServiceFrames { get; } = [];

    public List<(int Device, byte[] Frame)> Delivered { get; } = [];

    /// <summary>All of the above in the order in which it was sent.</summary>
    public IReadOnlyList<(OutputKind Kind, int Index, IpAddress Remote, byte[] Bytes)> Outputs => _outputs;

    /// <summary>Told of every packet that comes in.</summary>
    public Action<PacketSource, byte[]>? Heard { get; set; }

    /// <summary>Told of every packet that goes out; of a tunnel without the tunnel header.</summary>
    public Action<OutputKind, IpAddress, byte[]>? Sent { get; set; }

    public int DeviceOf(Guid port) => _devices[port];

    /// <summary>Another process is the node from now on: it is given all rows and the taps that are there.</summary>
    public void Become(Node next, ReadOnlySpan<Row> rows)
    {
        Node = next;
        RowChange[] changes = new RowChange[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            changes[i] = new RowChange(rows[i].Unit, rows[i].Key, rows[i]);
        }

        next.Apply(changes, _fabric.Now);
        foreach ((Guid port, int device) in _devices)
        {
            next.AttachPort(port, device);
        }
    }

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

    /// <summary>
    /// Each packet is traced before it is forwarded, and what the trace said must come true: the same outputs, byte for byte, and the
    /// same end. For a packet that a cached flow decides this compares the cache with a fresh walk.
    /// </summary>
    public bool VerifiesTraces { get; set; }

    public long Verified { get; private set; }

    public void Receive(PacketSource source, byte[] frame)
    {
        Heard?.Invoke(source, frame);
        PacketBuffer packet = _packet;
        packet.CopyFrom(frame);
        if (!VerifiesTraces)
        {
            Node.Receive(in source, packet, _fabric.Now);
            return;
        }

        TraceResult expected = Node.Trace(in source, frame, _fabric.Now);
        long[] before = Counts();
        _outputs.Clear();
        Node.Receive(in source, packet, _fabric.Now);
        Verify(expected, before, frame);
    }

    private void Verify(TraceResult expected, long[] before, byte[] frame)
    {
        string what = $"{Host}: {string.Join(" | ", expected.Steps.Select(s => s.What))}";
        if (expected.Disposition == Disposition.Held)
        {
            return;
        }

        // Behind its own outputs, a packet that teaches something may set others free.
        _outputs.Count.ShouldBeGreaterThanOrEqualTo(expected.Outputs.Count, what);
        for (int i = 0; i < expected.Outputs.Count; i++)
        {
            (OutputKind kind, int index, IpAddress remote, byte[] bytes) = _outputs[i];
            TraceOutput output = expected.Outputs[i];
            (kind, index, remote).ShouldBe((output.Kind, output.Index, output.Remote), what);
            bytes.AsSpan().SequenceEqual(output.Bytes.Span).ShouldBeTrue(what);
        }

        if (!IsTalk(frame))
        {
            _outputs.Skip(expected.Outputs.Count).ShouldAllBe(o => IsTalk(o.Bytes), what);
            long[] after = Counts();
            if (expected.DropReason == DropReason.LoopDetected && after[(int)DropReason.NotForUs] > before[(int)DropReason.NotForUs])
            {
                // Nothing of it was for this node, which is seen before it walks.
                return;
            }

            after[(int)expected.DropReason].ShouldBe(before[(int)expected.DropReason] + (expected.DropReason == DropReason.None ? 0 : 1), what);
        }

        Verified++;
    }

    /// <summary>ARP, neighbour discovery, and what tells nothing by itself: such as asks, teaches, or waits for more.</summary>
    private static bool IsTalk(byte[] frame) =>
        PacketHeaders.Parse(frame, out PacketHeaders h) != ParseResult.Ok || !h.IsIp || (h.IsIpv6 && h.IsIcmp) || h.IsFragment;

    private long[] Counts() => [.. Enum.GetValues<DropReason>().Select(r => Node.Counters[r])];

    public void ToPort(int device, PacketBuffer packet)
    {
        byte[] frame = packet.Span.ToArray();
        Delivered.Add((device, frame));
        Sent?.Invoke(OutputKind.Port, default, frame);
        _outputs.Add((OutputKind.Port, device, default, frame));
        if (_taps.TryGetValue(device, out SimHost? guest))
        {
            _fabric.Enqueue(() => guest.Receive(frame));
        }
    }

    public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
    {
        byte[] frame = packet.Span.ToArray();
        _outputs.Add((OutputKind.Tunnel, 0, remote, frame));
        Sent?.Invoke(OutputKind.Tunnel, remote, Inner(packet, encapsulation));
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
        Sent?.Invoke(OutputKind.Physical, default, frame);
        _outputs.Add((OutputKind.Physical, index, default, frame));
        _fabric.OnWire(Settings.PhysicalNetworks[index].Name, this, frame);
    }

    public void ToHost(int index, PacketBuffer packet)
    {
        byte[] frame = packet.Span.ToArray();
        ToHostFrames.Add((index, frame));
        _outputs.Add((OutputKind.Host, index, default, frame));
    }

    public void ToService(PacketBuffer packet)
    {
        byte[] frame = packet.Span.ToArray();
        ToServiceFrames.Add(frame);
        _outputs.Add((OutputKind.Service, 0, default, frame));
    }

    private static byte[] Inner(PacketBuffer packet, Encapsulation encapsulation)
    {
        PacketBuffer inner = new();
        inner.CopyFrom(packet);
        TunnelHeader.TryPull(inner, encapsulation, out _).ShouldBeTrue();
        return inner.Span.ToArray();
    }

    public void ForgetOutputs()
    {
        _outputs.Clear();
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
            PacketHeaders.Parse(Bytes.AsSpan(Read().Size), out PacketHeaders h).ShouldBe(ParseResult.Ok);
            return h;
        }
    }

    public uint Vni => Read().Vni;

    public GeneveHeader Header
    {
        get
        {
            GeneveHeader.TryRead(Bytes, out GeneveHeader header, out _).ShouldBeTrue();
            return header;
        }
    }

    private (uint Vni, int Size) Read()
    {
        switch (Encapsulation)
        {
            case Encapsulation.Gre:
                GreHeader.TryRead(Bytes, out GreHeader gre, out int greSize).ShouldBeTrue();
                return (gre.Key, greSize);
            case Encapsulation.Vxlan:
                VxlanHeader.TryRead(Bytes, out VxlanHeader vxlan).ShouldBeTrue();
                return (vxlan.Vni, VxlanHeader.Size);
            default:
                GeneveHeader.TryRead(Bytes, out GeneveHeader geneve, out int size).ShouldBeTrue();
                return (geneve.Vni, size);
        }
    }
}
