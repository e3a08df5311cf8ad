extern alias AgentSide;

using System.Collections.Concurrent;
using System.Collections.Immutable;
using AgentSide::Vicinal.Agent;
using AgentSide::Vicinal.Agent.Link;
using Microsoft.Extensions.Logging;
using Vicinal.Datapath;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Protocol.Mirror;

namespace Vicinal.Server.Tests.Distribution;

/// <summary>A real link with a data path that only remembers rows.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public TestAgent(
        string host,
        IReadOnlyList<string> servers,
        TlsFiles? tls = null,
        Guid? id = null,
        Func<LinkBatch, Task>? before = null,
        NodeMode mode = NodeMode.Dvr)
    {
        Id = id ?? Guid.NewGuid();
        AgentSettings settings = new()
        {
            Host = host,
            Servers = servers,
            TunnelAddress = IpAddress.Parse("192.0.2.1"),
            Mode = mode,
            BridgeMappings = [new BridgeMappingSetting("physnet1", "eth1")],
            Tls = tls,
        };
        Link = new AgentLink(
            settings,
            Id,
            DateTimeOffset.UnixEpoch,
            batch => ApplyAsync(batch, before),
            () => ImmutableDictionary<string, long>.Empty.Add("received", 42),
            () => 0,
            Log,
            new LinkBackoff(First: 20, Most: 100));
        _running = Task.Run(() => Link.RunAsync(_stop.Token));
    }

    public Guid Id { get; }

    public AgentLink Link { get; }

    public TestLog Log { get; } = new();

    public ConcurrentDictionary<(UnitId Unit, RowKey Key), Row> InForce { get; } = new();

    public ConcurrentQueue<LinkBatch> Batches { get; } = new();

    public static TestAgent To(TestServer server, string host) => new(host, [server.Address]);

    public bool Holds(Guid id) => InForce.Keys.Any(key => key.Key.Id == id);

    public Task ConnectedAsync() => Eventually.AsyncTrue(
        () => Link.ConnectedTo is not null && !Batches.IsEmpty, () => "the agent is not connected: " + string.Join('\n', Log.Of(LogLevel.Warning)));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        Link.Dispose();
        _stop.Dispose();
    }

    private async Task ApplyAsync(LinkBatch batch, Func<LinkBatch, Task>? before)
    {
        if (before is not null)
        {
            await before(batch);
        }

        foreach (RowChange change in batch.Changes)
        {
            if (change.Row is null)
            {
                InForce.TryRemove((change.Unit, change.Key), out _);
            }
            else
            {
                InForce[(change.Unit, change.Key)] = change.Row;
            }
        }

        Batches.Enqueue(batch);
    }
}
