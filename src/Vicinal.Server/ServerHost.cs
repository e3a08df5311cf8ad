using System.Net;
using Microsoft.Extensions.Logging;
using Vicinal.Server.Api;
using Vicinal.Server.Writing;

namespace Vicinal.Server;

/// <summary>One running server: its store, its writer and its API, started and stopped in order.</summary>
public sealed class ServerHost : IAsyncDisposable
{
    private readonly TopologyWriter _writer;
    private readonly ApiServer _api;

    private ServerHost(TopologyWriter writer, ApiServer api)
    {
        _writer = writer;
        _api = api;
    }

    public TopologyWriter Writer => _writer;

    /// <summary>The API's address; the port is the real one when 0 was asked for.</summary>
    public Uri ApiEndpoint => _api.Endpoint;

    /// <exception cref="FormatException">An option that cannot be honoured.</exception>
    public static async Task<ServerHost> StartAsync(ServerOptions options, ILoggerFactory log, TimeProvider? time = null)
    {
        options.Check();
        TimeProvider clock = time ?? TimeProvider.System;
        if (!IPAddress.IsLoopback(options.Listen.Address))
        {
            log.CreateLogger<ServerHost>().LogWarning(
                "The API listens on {Address} without authentication: whoever reaches it is admin", options.Listen);
        }

        TopologyWriter writer = TopologyWriter.Open(options.OpenStore(), clock, log: log.CreateLogger<TopologyWriter>());
        try
        {
            ApiServices services = new(writer, options.Cloud, clock, _ => null);
            return new ServerHost(writer, await ApiServer.StartAsync(new ApiServerOptions(options.Listen), services, log));
        }
        catch
        {
            await writer.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _writer.DisposeAsync();
    }
}
