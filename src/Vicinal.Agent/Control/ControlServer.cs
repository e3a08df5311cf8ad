using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Vicinal.Agent.Kernel;
using Vicinal.Datapath;
using Vicinal.Forwarding;

namespace Vicinal.Agent.Control;

/// <summary>
/// What a node tells about itself, as JSON over HTTP on a Unix socket in the state directory: only who may open the socket, which is
/// root, may ask. It reads; nothing here changes anything.
/// </summary>
public sealed class ControlServer : IAsyncDisposable
{
    /// <summary>Rows of one dump; a larger table is cut, and says so.</summary>
    private const int MostRows = 10_000;

    private readonly WebApplication _app;

    private ControlServer(WebApplication app) => _app = app;

    public static async Task<ControlServer> StartAsync(AgentSettings settings, DataPath dataPath, Func<JsonObject> link)
    {
        Directory.CreateDirectory(settings.StateDirectory);
        File.Delete(settings.ControlSocket);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(settings.ControlSocket));
        WebApplication app = builder.Build();
        app.Run(context => AnswerAsync(context, settings, dataPath, link));
        await app.StartAsync();
        File.SetUnixFileMode(settings.ControlSocket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new ControlServer(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, AgentSettings settings, DataPath dataPath, Func<JsonObject> link)
    {
        JsonNode? answer = context.Request.Path.Value switch
        {
            "/status" => await dataPath.Ask(() => Status(settings, dataPath, link())),
            "/drops" => await dataPath.Ask(() => Drops(dataPath.Node.Counters)),
            "/ports" => await dataPath.Ask(() => Ports(dataPath.Node)),
            "/flows" => await dataPath.Ask(() => FlowDump.Render(dataPath, MostRows)),
            "/neighbors" => await dataPath.Ask(() => Neighbors(dataPath.Node)),
            "/gateways" => await GatewayRendering.RenderAsync(settings, dataPath, MostRows),
            "/trace" => await TraceRequest.AnswerAsync(context, dataPath),
            _ => null,
        };
        if (answer is null)
        {
            context.Response.StatusCode = 404;
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString());
    }

    private static JsonObject Status(AgentSettings settings, DataPath dataPath, JsonObject link) => Status(settings, dataPath.Node, dataPath.Kernel, dataPath.Services?.Path, link);

    private static JsonObject Status(AgentSettings settings, Node node, KernelStatus? kernel, string? services, JsonObject link) => new()
    {
        ["host"] = settings.Host,
        ["mode"] = NodeModeNames.NameOf(settings.Mode),
        ["datapath"] = kernel is null ? "userspace" : "ebpf",
        ["kernel"] = kernel is null ? null : KernelRendering.Render(kernel),
        ["tunnel_ip"] = settings.TunnelAddress.ToString(),
        ["services"] = services,
        ["server"] = link,
        ["received"] = node.Counters.Received,
        ["cache_hits"] = node.Counters.CacheHits,
        ["kernel_hits"] = node.Counters.KernelHits,
        ["flows"] = node.FlowCount,
        ["connections"] = node.ConnectionCount,
        ["ports"] = node.Ports.Count(port => port.Device >= 0),
        ["dispositions"] = Dispositions(node.Counters),
    };

    private static JsonObject Dispositions(NodeCounters counters)
    {
        JsonObject result = [];
        foreach (Disposition disposition in Enum.GetValues<Disposition>())
        {
            result[disposition.ToString()] = counters[disposition];
        }

        return result;
    }

    private static JsonObject Drops(NodeCounters counters)
    {
        JsonObject result = [];
        foreach (DropReason reason in Enum.GetValues<DropReason>().Where(reason => counters[reason] > 0))
        {
            result[reason.ToString()] = counters[reason];
        }

        return result;
    }

    private static JsonArray Ports(Node node) => [.. node.Ports.Take(MostRows).Select(port => new JsonObject
    {
        ["port"] = port.PortId.ToString(),
        ["device"] = port.DeviceName,
        ["wired"] = port.Device >= 0,
        ["mac"] = port.Mac.ToString(),
        ["addresses"] = new JsonArray([.. port.Addresses.Select(address => (JsonNode)address.ToString())]),
        ["admin_up"] = port.AdminUp,
        ["drops"] = Drops(port.Counters),
    })];

    private static JsonArray Neighbors(Node node) => [.. node.Neighbors.Take(MostRows).Select(neighbor => new JsonObject
    {
        ["network"] = neighbor.NetworkId.ToString(),
        ["address"] = neighbor.Address.ToString(),
        ["mac"] = neighbor.Mac.ToString(),
        ["state"] = neighbor.State,
    })];
}
