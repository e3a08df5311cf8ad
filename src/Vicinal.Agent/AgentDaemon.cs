using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Vicinal.Agent.Control;
using Vicinal.Agent.Kernel;
using Vicinal.Agent.Link;
using Vicinal.Agent.Services;
using Vicinal.Devices;
using Vicinal.Forwarding;

namespace Vicinal.Agent;

/// <summary>The node daemon: data path, link and control socket, from start to signal.</summary>
public static class AgentDaemon
{
    /// <summary>Before ordinary processes, as packets of all of them wait for this one.</summary>
    private const int Nice = -10;

    /// <summary>How long a node that ends waits for others to serve what it served.</summary>
    private static readonly TimeSpan s_handover = TimeSpan.FromMilliseconds(500);

    /// <returns>The process's exit code: 2 when the node cannot be served as it is set up.</returns>
    public static async Task<int> RunAsync(AgentSettings settings, CancellationToken cancellation)
    {
        using ILoggerFactory loggers = LoggerFactory.Create(builder => builder
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.UseUtcTimestamp = true;
            })

            // Whoever reads the log may stand still; packets and leases must not wait for it.
            .Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite));
        ILogger log = loggers.CreateLogger("agent");
        if (ProcessPriority.TrySet(Nice) is { } refusal)
        {
            log.LogInformation("The agent has an ordinary share of the processors, and a busy machine may keep it waiting: {Reason}", refusal);
        }

        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            // The data path's threads report until they have ended: the link is there before them and after them.
            DataPath? served = null;
            using AgentLink link = new(
                settings, AgentIdentity.LoadOrCreate(settings.StateDirectory), DateTimeOffset.UtcNow, batch => ApplyAsync(served!, batch),
                () => Counters(served!), Random.Shared.NextDouble, loggers.CreateLogger("link"));
            using DataPath dataPath = new(settings, link.Report, link.Report, log);
            served = dataPath;
            dataPath.Start();
            await using InstanceServices? services = await InstanceServices.StartAsync(settings, dataPath, loggers.CreateLogger("services"));
            await using ControlServer control = await ControlServer.StartAsync(settings, dataPath, () => Describe(link));
            log.LogInformation("Node {Host} serves; tunnels end at {Address}", settings.Host, settings.TunnelAddress);
            await link.RunAsync(stop.Token);
            await dataPath.Gateways.LeaveAsync(s_handover);
            return 0;
        }
        catch (Exception e) when (e is DeviceException or KernelRefusalException)
        {
            log.LogError("{Error}", e.Message);
            return 2;
        }
    }

    private static async Task ApplyAsync(DataPath dataPath, LinkBatch batch)
    {
        _ = await dataPath.Ask(() =>
        {
            dataPath.Apply([.. batch.Changes]);
            return true;
        });
        dataPath.Gateways.Apply(batch.Changes);
        await dataPath.Programmed;
    }

    private static Dictionary<string, long> Counters(DataPath dataPath) => new(StringComparer.Ordinal)
    {
        ["received"] = dataPath.Node.Counters.Received,
        ["cache_hits"] = dataPath.Node.Counters.CacheHits,
        ["dropped"] = dataPath.Node.Counters[Disposition.Dropped],
    };

    private static JsonObject Describe(AgentLink link) => new()
    {
        ["connected_to"] = link.ConnectedTo,
        ["revision"] = link.Revision,
    };
}
