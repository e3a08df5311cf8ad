using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Vicinal.Agent.Services;
using Vicinal.Datapath;
using Vicinal.Services;

namespace Vicinal.Agent.Metadata;

/// <summary>
/// HTTP at the service address. Who asks is known by the connection. Each port may have so many connections and each connection so much in memory;
/// who neither sends nor takes at a modest pace is cut off.
/// </summary>
internal sealed class MetadataServer : IAsyncDisposable
{
    private const int ConnectionsPerPort = 16;
    private const int Connections = 4096;
    private const int LargestBody = 64 * 1024;
    private const int BufferSize = 64 * 1024;

    /// <summary>Bytes a second.</summary>
    private const double SlowestPace = 1024;

    private readonly WebApplication _app;

    private MetadataServer(WebApplication app) => _app = app;

    /// <param name="bind">Makes the socket that is listened on.</param>
    /// <param name="find">Who a connection's peer is; null for nobody that this node has a port for.</param>
    /// <param name="describe">The instance behind a peer; null for a port that is no instance's.</param>
    public static async Task<MetadataServer> StartAsync(
        Func<Socket> bind, Func<EndPoint?, Task<ServicePeer?>> find, Func<ServicePeer, Task<Requester?>> describe, IMetadataSource source)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        PortShares shares = new(ConnectionsPerPort);
        builder.WebHost.UseKestrelCore()
            .UseSockets(sockets => sockets.CreateBoundListenSocket = _ => bind())
            .ConfigureKestrel(kestrel =>
            {
                Bound(kestrel);
                kestrel.Listen(new IPEndPoint(IPAddress.IPv6Any, ServiceAddress.MetadataPort), listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(next => connection => AdmitAsync(connection, next, find, shares));
                });
            });
        WebApplication app = builder.Build();
        app.Run(context => AnswerAsync(context, describe, source));
        await app.StartAsync();
        return new MetadataServer(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Bound(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(15);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MaxConcurrentConnections = Connections;
        limits.MaxRequestBodySize = LargestBody;
        limits.MaxRequestBufferSize = BufferSize;
        limits.MaxResponseBufferSize = BufferSize;
        limits.MinRequestBodyDataRate = new MinDataRate(SlowestPace, TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(SlowestPace, TimeSpan.FromSeconds(10));
    }

    private static async Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next, Func<EndPoint?, Task<ServicePeer?>> find, PortShares shares)
    {
        ServicePeer? peer = await find(connection.RemoteEndPoint);
        if (peer is null || !shares.TryTake(peer.PortId))
        {
            connection.Abort();
            return;
        }

        try
        {
            connection.Features.Set(peer);
            await next(connection);
        }
        finally
        {
            shares.GiveBack(peer.PortId);
        }
    }

    private static async Task AnswerAsync(HttpContext context, Func<ServicePeer, Task<Requester?>> describe, IMetadataSource source)
    {
        ServicePeer peer = context.Features.GetRequiredFeature<ServicePeer>();
        if (await describe(peer) is { } requester)
        {
            await source.AnswerAsync(context, requester);
        }
        else
        {
            await MetadataText.FailAsync(context, StatusCodes.Status404NotFound, "This port belongs to no instance.");
        }
    }
}
