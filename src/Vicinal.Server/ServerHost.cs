using System.Net;
using Microsoft.Extensions.Logging;
using Vicinal.Model;
using Vicinal.Model.Rules;
using Vicinal.Protocol.Security;
using Vicinal.Server.Api;
using Vicinal.Server.Api.Routers;
using Vicinal.Server.Distribution;
using Vicinal.Server.Gateways;
using Vicinal.Server.Store;
using Vicinal.Server.Writing;

namespace Vicinal.Server;

/// <summary>One running server: its store, its writer, what serves agents and its API, started in this order and stopped in the other.</summary>
public sealed class ServerHost : IAsyncDisposable
{
    // In the order in which they were started.
    private readonly List<IAsyncDisposable> _parts = [];
    private TlsIdentity? _tls;

    private ServerHost()
    {
    }

    public TopologyWriter Writer { get; private set; } = null!;

    public Distributor Distributor { get; private set; } = null!;

    public AgentLiveness Liveness { get; private set; } = null!;

    /// <summary>The API's address; the port is the real one when 0 was asked for.</summary>
    public Uri ApiEndpoint { get; private set; } = null!;

    /// <summary>Where agents connect; the port is the real one when 0 was asked for.</summary>
    public IPEndPoint AgentEndpoint { get; private set; } = null!;

    /// <exception cref="FormatException">An option that cannot be honoured.</exception>
    /// <exception cref="StoreException">The store cannot be opened.</exception>
    public static async Task<ServerHost> StartAsync(ServerOptions options, ILoggerFactory log, TimeProvider? time = null)
    {
        options.Check();
        if (!IPAddress.IsLoopback(options.Listen.Address))
        {
            log.CreateLogger<ServerHost>().LogWarning(
                "The API listens on {Address} without authentication: whoever reaches it is admin", options.Listen);
        }

        ServerHost host = new();
        try
        {
            await host.StartPartsAsync(options, log, time ?? TimeProvider.System);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }

        _parts.Clear();
        _tls?.Dispose();
    }

    private async Task StartPartsAsync(ServerOptions options, ILoggerFactory log, TimeProvider clock)
    {
        // What can be refused is looked at before the store is opened.
        _tls = options.Tls is { } files ? TlsIdentity.Load(files.Certificate, files.Key, files.Authority) : null;
        Writer = Started(TopologyWriter.Open(options.OpenStore(), clock, log: log.CreateLogger<TopologyWriter>()));
        await ConfigureGatewaysAsync(options);
        Distributor = Started(new Distributor(Writer, options.Cloud.DnsDomain, clock, log.CreateLogger<Distributor>()));
        Liveness = new AgentLiveness(clock, options.AgentDownTime);
        Started(new WitnessKeeper(Writer, Distributor.Applied, Liveness, clock, log.CreateLogger<WitnessKeeper>()));
        Started(new UnreachableAgents(Writer, Liveness, options.Cloud, clock, log.CreateLogger<UnreachableAgents>()));

        // The API first: an agent that connects finds a server that is whole.
        ApiServices services = new(Writer, options.Cloud, clock, host => Liveness.LastHeard(host))
        {
            AgentDownTime = options.AgentDownTime,
            GatewayRoleOf = Distributor.Gateways.RoleOf,
        };
        ApiServer api = Started(await ApiServer.StartAsync(
            new ApiServerOptions(options.Listen),
            services,
            log,
            routes =>
            {
                routes.MapRevisions(Distributor);
                routes.MapGateways(Writer, Distributor.Gateways);
                new RouterMigrationEndpoints(services, Distributor.Gateways, Liveness.PresenceOf).Map(routes);
            }));
        ApiEndpoint = api.Endpoint;
        AgentListener agents = Started(await AgentListener.StartAsync(
            new AgentListenerOptions(options.Agents, _tls) { Cloud = options.Cloud }, Writer, Distributor, Liveness, log));
        AgentEndpoint = agents.Address;
    }

    /// <summary>What the operator says now takes the place of what was said at the last start; the same again is no write.</summary>
    private async Task ConfigureGatewaysAsync(ServerOptions options)
    {
        try
        {
            await Writer.WriteAsync(edit => { GatewayPolicyRules.Configure(edit, options.Gateways); });
        }
        catch (NeutronFault fault)
        {
            throw new StoreException($"the gateway policy could not be changed: {fault.Message}");
        }
    }

    private T Started<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
