using System.Diagnostics;
using Vicinal.Datapath.Flows;
using Vicinal.Ebpf.Layout;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>Makes cases, and holds the programs' outcome of each to the oracle's.</summary>
internal sealed class Comparison : IDisposable
{
    private const uint Slots = 16;

    private static readonly MacAddress s_own = MacAddress.Parse("fa:16:3e:00:00:01");

    private readonly Random _random;
    private readonly IpAddress _local;
    private readonly int _device;
    private readonly RandomPackets _packets;
    private readonly RandomTunnelPackets _tunnels;
    private readonly RandomActions _actions;
    private readonly KernelPrograms _kernel = new();
    private readonly Dictionary<IpAddress, uint> _peers = [];
    private readonly uint[] _generations = new uint[Slots];

    public Comparison(IpAddress local, int device, int seed)
    {
        _random = new Random(seed);
        _local = local;
        _device = device;
        _packets = new RandomPackets(_random);
        foreach (string address in local.IsIpv4 ? ["192.0.2.2", "192.0.2.3"] : (string[])["2001:db8:ffff::2", "2001:db8:ffff::3"])
        {
            _peers[IpAddress.Parse(address)] = 5 + (uint)_peers.Count;
            _kernel.SetPeer(IpAddress.Parse(address), _peers[IpAddress.Parse(address)]);
        }

        IpAddress[] peers = [.. _peers.Keys];
        _tunnels = new RandomTunnelPackets(_random, _packets, local, peers);
        _actions = new RandomActions(_random, _packets, peers);
        _kernel.SetConfig((ref KernelConfig config) => (config.TunnelLocal, config.TunnelInterface) = (local, (uint)device));
        _kernel.SetInput(device, InputKinds.Tunnel | InputKinds.Physical, RandomActions.Physical);
        _kernel.SetPhysical(RandomActions.Physical, device);
        _kernel.SetOwnMac(RandomActions.Physical, s_own);
    }

    /// <summary>How often what came to pass.</summary>
    public Dictionary<string, int> Seen { get; } = [];

    public Case Next()
    {
        Case c = _random.Next(10) switch
        {
            < 5 => FromPort(),
            < 8 => FromTunnel(),
            _ => FromWire(),
        };
        if (c.Settled is not null || _random.Next(20) == 0)
        {
            return c;
        }

        FlowAction action = _actions.Next(c.Headers, c.Offload);
        if (c.Kind != FlowInputKind.Tunnel)
        {
            _actions.AimAtZero(in action, c.Headers, c.Frame);
        }

        bool stale = Date(ref action);
        return c with { Action = action, Stale = stale };
    }

    /// <summary>Null when both sides agree.</summary>
    public string? Difference(Case c)
    {
        if (!KernelPrograms.CanRun(c.Frame))
        {
            return null;
        }

        Outcome expected = Oracle.Judge(c, _local);
        if (c is { Key: { } key, Action: { } action })
        {
            _kernel.Put(in key, in action);
        }

        long before = Stopwatch.GetTimestamp();
        Outcome actual = _kernel.Run(c, _device);
        Seen[$"{c.Kind} {actual.Fate}"] = Seen.GetValueOrDefault($"{c.Kind} {actual.Fate}") + 1;
        string? difference = Differences.Of(expected, actual);
        if (c is { Key: { } used, Action: { } put })
        {
            difference ??= Differences.OfEntry(_kernel.Read(in used, out FlowAction after), expected, before) ?? (Differences.Same(after, put) ? null : "the action was written to");
            _kernel.Remove(in used);
        }

        return difference;
    }

    /// <summary>A generator that makes nothing but misses would prove nothing.</summary>
    public void ExpectVariety(int cases)
    {
        foreach (FlowInputKind kind in (FlowInputKind[])[FlowInputKind.LocalPort, FlowInputKind.Tunnel, FlowInputKind.Physical])
        {
            Seen.GetValueOrDefault($"{kind} {Fate.Carried}").ShouldBeGreaterThan(cases / 30, $"{kind}");
            Seen.GetValueOrDefault($"{kind} {Fate.Up}").ShouldBeGreaterThan(cases / 100, $"{kind}");
            Seen.GetValueOrDefault($"{kind} {Fate.Dropped}").ShouldBeGreaterThan(cases / 400, $"{kind}");
        }
    }

    public void Dispose() => _kernel.Dispose();

    private Case FromPort() => Oracle.FromPort(Sized(out Offload offload), offload, (uint)_device);

    private Case FromWire()
    {
        byte[] frame = Sized(out Offload offload);
        if (_random.Next(12) != 0)
        {
            s_own.Write(frame);
        }

        return Oracle.FromWire(frame, offload, (uint)_device, RandomActions.Physical, s_own);
    }

    private Case FromTunnel()
    {
        TunnelPacket packet = _tunnels.Next();
        return Oracle.FromTunnel(packet, (uint)_device, _peers.TryGetValue(packet.Remote, out uint number) ? number : null);
    }

    /// <summary>Some are super-packets, of which the programs see the segments' size.</summary>
    private byte[] Sized(out Offload offload)
    {
        byte[] frame = _packets.Next();
        bool tcp = PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok && h.IsIp && h.Protocol == IpProtocol.Tcp && h.PayloadLength > 0;
        offload = tcp && _random.Next(10) == 0
            ? new Offload { Gso = h.IsIpv4 ? GsoType.TcpV4 : GsoType.TcpV6, GsoSize = (ushort)_random.Next(1, 1400) }
            : default;
        return frame;
    }

    /// <summary>The time itself is as past as any other.</summary>
    private ulong Until(bool ended) => (ulong)Stopwatch.GetTimestamp() + (ended ? 0 : 60_000_000_000u);

    /// <summary>Gives the action a deadline, a lease and generations; true when one of them makes it void.</summary>
    private bool Date(ref FlowAction action)
    {
        bool stale = false;
        if (_random.Next(6) == 0)
        {
            stale = _random.Next(3) == 0;
            action.Deadline = (Stopwatch.GetTimestamp() / 1_000_000) + (stale ? -1000 : 60_000);
        }

        if (_random.Next(4) == 0)
        {
            // The other lease says nothing about it.
            bool ended = _random.Next(4) == 0;
            action.Lease = _random.Next(2) == 0 ? GatewayLease.Short : GatewayLease.Long;
            _kernel.SetLease((LeaseKind)action.Lease, Until(ended));
            _kernel.SetLease((LeaseKind)(3 - (int)action.Lease), Until(_random.Next(2) == 0));
            stale |= ended;
        }

        int count = _random.Next(4) == 0 ? _random.Next(FlowAction.MaxGenerations + 1) : 0;
        for (int i = 0; i < count; i++)
        {
            uint slot = (uint)_random.Next((int)Slots);
            if (action.TryAdd(new GenerationStamp(slot, _generations[slot])) && _random.Next(20) == 0)
            {
                _kernel.SetGeneration(slot, ++_generations[slot]);
                stale = true;
            }
        }

        return stale;
    }
}
