using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vicinal.Model.Rules;
using Vicinal.Protocol;
using Vicinal.Protocol.Security;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Distribution;

/// <param name="Tls">Null: plain text, for loopback.</param>
public sealed record AgentListenerOptions(IPEndPoint Listen, TlsIdentity? Tls = null)
{
    /// <summary>How often agents give a sign of life; well under a third of the time after which they count as down.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How routers are scheduled on agents that come.</summary>
    public CloudSettings Cloud { get; init; } = CloudSettings.Default;
}

/// <summary>The address that agents connect to: HTTP/2 alone, one long stream for each agent, nothing else served.</summary>
public sealed class AgentListener : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AgentListener(WebApplication app, IPEndPoint address)
    {
        _app = app;
        Address = address;
    }

    /// <summary>Where it listens; the port is the real one when 0 was asked for.</summary>
    public IPEndPoint Address { get; }

    public static async Task<AgentListener> StartAsync(
        AgentListenerOptions options, TopologyWriter writer, Distributor distributor, AgentLiveness liveness, ILoggerFactory log)
    {
        ILogger<AgentListener> own = log.CreateLogger<AgentListener>();
        if (options.Tls is null && !IPAddress.IsLoopback(options.Listen.Address))
        {
            own.LogWarning(
                "PLAIN TEXT for agents on {Address}: whoever reaches it can pose as a node and read the whole cloud. Use --tls-cert, --tls-key and --tls-ca.",
                options.Listen);
        }

        AgentHandler handler = new(writer, distributor, liveness, options.Cloud, options.Heartbeat, own);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, ParentLifetime>();
        builder.Services.AddSingleton(log);
        builder.Services.AddLogging();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, options));
        WebApplication app = builder.Build();
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        app.Run(context => ServeAsync(context, handler, own, stopping));
        await app.StartAsync();
        Uri address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new AgentListener(app, new IPEndPoint(options.Listen.Address, address.Port));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task ServeAsync(HttpContext context, AgentHandler handler, ILogger log, CancellationToken stopping)
    {
        if (context.Request.Path != ProtocolVersion.Path || !HttpMethods.IsPost(context.Request.Method) || !HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = ProtocolVersion.ContentType;
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await context.Response.StartAsync(ending.Token);
            await handler.ServeAsync(context.Request.BodyReader, context.Response.BodyWriter, host => MayBe(context, host), ending.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            // The agent went, was superseded, or the server stops.
            log.LogDebug("The stream of an agent ended: {Reason}", end.Message);
        }
    }

    /// <summary>Without TLS there is no certificate to ask.</summary>
    private static bool MayBe(HttpContext context, string host) =>
        context.Connection.ClientCertificate is not { } certificate || TlsIdentity.MaySpeakFor(certificate, host);

    private static void Configure(KestrelServerOptions kestrel, AgentListenerOptions options)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;

        // The stream has no end and may be silent for long; what ends a dead one is the ping.
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        kestrel.Listen(options.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (options.Tls is { } tls)
            {
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = tls.Certificate;
                    https.ServerCertificateChain = tls.Intermediates;
                    https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    https.ClientCertificateValidation = (certificate, chain, _) => tls.IsTrustedClient(certificate, chain);
                });
            }
        });
    }
}
