extern alias AgentSide;

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vicinal.Datapath;
using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Protocol.Gateways;
using Vicinal.Server.Tests.Distribution;
using Vicinal.Server.Tests.Store;

namespace Vicinal.Server.Tests.Gateways;

/// <summary>A whole server with agents that only remember rows: those called g... are gateway nodes.</summary>
internal sealed class GatewayCloud : IAsyncDisposable
{
    private readonly Dictionary<string, TestAgent> _agents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Guid> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = new(StringComparer.Ordinal);
    private readonly HttpClient _http = new();
    private readonly StoreFolder _folder = new();
    private readonly TimeProvider? _time;
    private readonly ServerOptions _options;

    private GatewayCloud(GatewaySettings gateways, TimeProvider? time)
    {
        _time = time;
        _options = new ServerOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Agents = new IPEndPoint(IPAddress.Loopback, 0),
            Store = "sqlite:" + _folder.File,
            Gateways = gateways,
        };
    }

    public TestLog Log { get; } = new();

    public ManualTime Time { get; } = new();

    public ServerHost Server { get; private set; } = null!;

    public Topology Topology => Server.Writer.Current;

    public ValueList<string> Witnesses => Topology.GatewayPolicy!.Witnesses;

    /// <param name="time">Null: the cloud's own, which moves by hand.</param>
    public static async Task<GatewayCloud> StartAsync(GatewaySettings? gateways = null, TimeProvider? time = null)
    {
        GatewayCloud cloud = new(gateways ?? GatewaySettings.Default, time);
        cloud.Server = await ServerHost.StartAsync(cloud._options, cloud.Log, time ?? cloud.Time);
        return cloud;
    }

    /// <summary>The agents are gone with the server.</summary>
    public async Task RestartAsync()
    {
        await DisconnectAsync([.. _agents.Keys]);
        await Server.DisposeAsync();
        Server = await ServerHost.StartAsync(_options, Log, _time ?? Time);
    }

    /// <summary>Starts agents at the same moment; ends when all are there.</summary>
    public async Task ConnectAsync(params string[] hosts)
    {
        foreach (string host in hosts)
        {
            _ids.TryAdd(host, Guid.NewGuid());
            _agents[host] = new TestAgent(
                host,
                [Server.AgentEndpoint.ToString()],
                id: _ids[host],
                before: batch => batch.Changes.Any(static change => change.Key.Kind == RowKind.GatewayPolicy) && _held.TryGetValue(host, out TaskCompletionSource? gate)
                    ? gate.Task
                    : Task.CompletedTask,
                mode: host[0] == 'g' ? NodeMode.DvrSnat : NodeMode.Dvr);
        }

        foreach (string host in hosts)
        {
            await Eventually.AsyncTrue(() => Server.Liveness.PresenceOf(host) == NodePresence.Present, () => $"{host} is not there");
        }
    }

    public async Task DisconnectAsync(params string[] hosts)
    {
        foreach (string host in hosts)
        {
            _agents.Remove(host, out TestAgent? agent);
            await agent!.DisposeAsync();
            await Eventually.AsyncTrue(() => Server.Liveness.PresenceOf(host) != NodePresence.Present, () => $"{host} is still there");
        }
    }

    public void Tell(string host, Guid router, GatewayRole role, ulong epoch) => _agents[host].Link.Report(new GatewayRoleReport(router, role, epoch));

    public async Task<T> WriteAsync<T>(Func<TopologyEdit, T> edit) => (await Server.Writer.WriteAsync(edit)).Value;

    /// <summary>A router on an external network that every test agent reaches, on as many nodes as its kind asks for.</summary>
    public Task<Router> RouterAsync(bool ha) => WriteAsync(edit =>
    {
        Network external = edit.Current.Networks.Values.FirstOrDefault(static network => network.External) ?? edit.Put(new Network
        {
            Id = edit.NewId(),
            NetworkType = "flat",
            PhysicalNetwork = "physnet1",
            External = true,
            Mtu = 1500,
        });
        GatewayRequest gateway = new(external.Id);
        return RouterRules.Create(edit, "p", new RouterRequest { Ha = ha, Gateway = gateway }, CloudSettings.Default);
    });

    /// <summary>A floating IP whose port is on no node, so that it is at the router's gateway.</summary>
    public Task<FloatingIp> FloatingIpAsync(Guid router) => WriteAsync(edit =>
    {
        Router with = edit.Current.Routers[router];
        Port port = PortOf(edit, with.Gateway!.NetworkId, "");
        return edit.Put(new FloatingIp
        {
            Id = edit.NewId(),
            FloatingNetworkId = with.Gateway.NetworkId,
            FloatingIpAddress = IpAddress.Parse("203.0.113.5"),
            FloatingPortId = PortOf(edit, with.Gateway.NetworkId, "").Id,
            PortId = port.Id,
            FixedIpAddress = IpAddress.Parse("10.0.0.5"),
            RouterId = router,
        });
    });

    public async Task<JsonObject> GetAsync(string path) => (await _http.GetFromJsonAsync<JsonObject>(new Uri(Server.ApiEndpoint, path)))!;

    /// <summary>ha_state by host.</summary>
    public async Task<Dictionary<string, string?>> HaStatesAsync(Guid router) =>
        (await GetAsync($"/v2.0/routers/{router}/l3-agents"))["agents"]!.AsArray()
            .ToDictionary(agent => (string)agent!["host"]!, agent => (string?)agent!["ha_state"]);

    public TestAgent Agent(string host) => _agents[host];

    /// <summary>While it is held, the host puts no newer witnesses into force.</summary>
    public TaskCompletionSource Hold(string host) => _held[host] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All nodes that the newest revision concerns have it in force.</summary>
    public async Task AppliedAsync()
    {
        long revision = Topology.Revision;
        await Server.Distributor.WaitForAsync(revision);
        await Eventually.AsyncTrue(() => Server.Distributor.Applied.Find(revision) is { Pending.Count: 0 }, () => $"revision {revision} is not applied");
    }

    /// <summary>Lets time pass in small steps until something is so.</summary>
    public Task PassAsync(Func<bool> condition) => Eventually.AsyncTrue(
        () =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            return condition();
        },
        () => $"it never came to pass; the witnesses are {Witnesses}, and the log is\n{string.Join('\n', Log.Of(LogLevel.Information).Concat(Log.Of(LogLevel.Warning)))}");

    public Task WitnessesAsync(params string[] hosts) => Eventually.AsyncTrue(
        () => Witnesses.Order(StringComparer.Ordinal).SequenceEqual(hosts.Order(StringComparer.Ordinal)), () => $"the witnesses are {Witnesses}");

    public async ValueTask DisposeAsync()
    {
        foreach (TestAgent agent in _agents.Values)
        {
            await agent.DisposeAsync();
        }

        _http.Dispose();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private static Port PortOf(TopologyEdit edit, Guid network, string host)
    {
        uint key = edit.Current.NextPortKey(network);
        return edit.Put(new Port
        {
            Id = edit.NewId(),
            NetworkId = network,
            MacAddress = new MacAddress(0xFA16_3E00_0000UL | key),
            PortKey = key,
            BindingHostId = host,
        });
    }
}
