using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vicinal.Server.Api.Http;

namespace Vicinal.Server.Api;

/// <param name="LongestBody">Bytes of a request's body; more is 413.</param>
public sealed record ApiServerOptions(IPEndPoint Listen, long LongestBody = 4 * 1024 * 1024);

/// <summary>Neutron's API over HTTP on one address.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    // A list filtered by many ids has them all in its request line.
    private const int LongestRequestLine = 64 * 1024;

    private readonly WebApplication _app;

    private ApiServer(WebApplication app, Uri endpoint)
    {
        _app = app;
        Endpoint = endpoint;
    }

    /// <summary>Where it listens; the port is the real one when 0 was asked for.</summary>
    public Uri Endpoint { get; }

    /// <param name="map">Further paths beside Neutron's.</param>
    public static async Task<ApiServer> StartAsync(
        ApiServerOptions options, ApiServices services, ILoggerFactory log, Action<IEndpointRouteBuilder>? map = null)
    {
        // Empty: no appsettings.json or ASPNETCORE_* of wherever the program happens to be started.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, ParentLifetime>();
        builder.Services.AddSingleton(log);
        builder.Services.AddLogging();
        builder.Services.AddRoutingCore();
        builder.Services.AddAuthentication(NoAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, NoAuthentication>(NoAuthentication.SchemeName, configureOptions: null);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.LongestBody;
            kestrel.Limits.MaxRequestLineSize = LongestRequestLine;
            kestrel.Listen(options.Listen);
        });
        WebApplication app = builder.Build();
        app.UseMiddleware<FaultAnswers>();
        app.UseRouting();
        app.UseAuthentication();
        app.MapNeutronApi(services);
        map?.Invoke(app);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ApiServer(app, new Uri(address));
    }

    /// <summary>Lets requests under way finish within the host's grace, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
