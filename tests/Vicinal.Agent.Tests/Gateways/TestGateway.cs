using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.Extensions.Logging.Abstractions;
using Vicinal.Agent.Gateways;
using Vicinal.Devices;
using Vicinal.Forwarding;
using Vicinal.Gateways.Elections;
using Vicinal.Packets;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Agent.Tests.Gateways;

/// <summary>A node's gateway thread on a loopback address of its own, with a data path that does what it is asked at once.</summary>
internal sealed class TestGateway : IGatewayDataPath, IDisposable
{
    private readonly Timer _beating;
    private volatile bool _beats = true;

    public TestGateway(int number)
    {
        Host = $"g{number}";
        Address = AddressOf(number);
        GatewaySockets sockets = GatewaySockets.Open(Address, UnderlayOf(Address));
        Thread = new GatewayThread(new GatewaySettings(Host, (ulong)MonotonicTimer.Now, number), sockets, this, Reports.Enqueue, NullLogger.Instance);
        _beating = new Timer(_ => Beat(), null, 0, 20);
    }

    public string Host { get; }

    public IpAddress Address { get; }

    public GatewayThread Thread { get; }

    public LeaseClock Lease { get; } = new(null);

    public DataPathPulse Pulse { get; } = new();

    public ConcurrentQueue<ActiveChange> Actives { get; } = [];

    public ConcurrentQueue<GatewayRoleReport> Reports { get; } = [];

    /// <summary>By the last word, and as long as the lease holds.</summary>
    public bool Serves => Actives.LastOrDefault().Here && Lease.Holds(GatewayLease.Short);

    /// <summary>One address of 127/8 for each node of each test process, so that runs side by side do not meet.</summary>
    public static IpAddress AddressOf(int number) =>
        IpAddress.FromIpv4((127u << 24) | ((uint)(Environment.ProcessId & 0xFFFF) << 8) | (uint)number);

    public static Underlay UnderlayOf(IpAddress address) => new(new IpPrefix(address, 8), FrozenSet<int>.Empty);

    /// <summary>The data path's thread stands still from here on.</summary>
    public void StopBeating() => _beats = false;

    void IGatewayDataPath.SetActives(IReadOnlyList<ActiveChange> changes, Action done)
    {
        foreach (ActiveChange change in changes)
        {
            Actives.Enqueue(change);
        }

        done();
    }

    void IGatewayDataPath.Replicate(IReadOnlyList<ReplicationChange> changes)
    {
        // Its standbys hold no connections, since there are none.
        foreach (ReplicationChange change in changes)
        {
            Replicated?.Invoke(change.RouterId, change.Standby, change.Replicates);
        }
    }

    void IGatewayDataPath.Flush(FlushRequest request) =>
        Thread.Post((election, now, effects) => election.ConnectionsFlushed(request.RouterId, request.Standby, now, effects));

    /// <summary>Told of the router, the standby, and whether its connections go there.</summary>
    public Action<Guid, string, bool>? Replicated { get; set; }

    public void Dispose()
    {
        _beating.Dispose();
        Thread.Dispose();
    }

    private void Beat()
    {
        if (_beats)
        {
            Pulse.Beat();
        }
    }
}
