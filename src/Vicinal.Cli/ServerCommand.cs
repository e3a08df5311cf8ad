using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Vicinal.Server;
using Vicinal.Server.Store;

namespace Vicinal.Cli;

internal static class ServerCommand
{
    public static Command Build()
    {
        Option<string?> config = DaemonCommand.ConfigOption();
        Option<string> listen = new("--listen") { Description = "Address of the Neutron API.", HelpName = "IP:PORT", DefaultValueFactory = _ => "127.0.0.1:9696" };
        Option<string> agents = new("--agents") { Description = "Address that agents connect to.", HelpName = "IP:PORT", DefaultValueFactory = _ => "127.0.0.1:9697" };
        Option<string> store = new("--store") { Description = "Where the model is kept: sqlite:FILE, or memory for a server that forgets.", HelpName = "STORE", DefaultValueFactory = _ => "sqlite:vicinal.db" };
        Option<string> auth = new("--auth") { Description = "Who may call the API; with none, whoever reaches it is admin.", DefaultValueFactory = _ => "none" };
        auth.AcceptOnlyFromAmong("none");
        CloudOptions cloud = new();
        GatewayOptions gateways = new();
        TlsOptions tls = new();
        Command command = new("server", "Serves the Neutron API and the agents.") { config, listen, agents, store, auth };
        cloud.AddTo(command);
        gateways.AddTo(command);
        tls.AddTo(command);
        DaemonCommand.SetAction(command, config, (settings, cancellation) => RunAsync(
            new ServerOptions
            {
                Listen = EndPoint("--listen", settings.GetValue(listen)!),
                Agents = EndPoint("--agents", settings.GetValue(agents)!),
                Store = settings.GetValue(store)!,
                Auth = settings.GetValue(auth)!,
                Cloud = cloud.Read(settings),
                Gateways = gateways.Read(settings),
                Tls = tls.Read(settings) is { } files ? new ServerTlsFiles(files.Certificate, files.Key, files.Authority) : null,
            },
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ServerOptions options, CancellationToken cancellation)
    {
        using ILoggerFactory loggers = LoggerFactory.Create(builder => builder
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.UseUtcTimestamp = true;
            }));
        TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration cancelled = cancellation.Register(() => stop.TrySetResult());
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
        try
        {
            await using ServerHost host = await ServerHost.StartAsync(options, loggers);
            loggers.CreateLogger("server").LogInformation("The API is at {Endpoint}; agents connect to {Agents}", host.ApiEndpoint, options.Agents);
            await stop.Task;
            return 0;
        }
        catch (StoreException e)
        {
            throw new SettingException($"--store {options.Store}: {e.Message}");
        }
    }

    private static IPEndPoint EndPoint(string option, string text) =>
        IPEndPoint.TryParse(text, out IPEndPoint? address) && address.Port > 0 ? address : throw new SettingException($"{option}: '{text}' is not IP:PORT");
}
