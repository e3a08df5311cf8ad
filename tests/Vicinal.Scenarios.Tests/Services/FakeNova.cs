using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Scenarios.Tests.Services;

/// <summary>
/// Nova's metadata API on a node's loopback: it believes a request only when the signature fits the instance, as Nova does, and keeps the headers
/// of each. /big is a megabyte, /slow never answers.
/// </summary>
public sealed class FakeNova : IDisposable
{
    public const int Port = 8775;
    public const int BigSize = 1 << 20;

    private readonly WebApplication _app;
    private readonly byte[] _secret;

    private FakeNova(WebApplication app, string secret)
    {
        _app = app;
        _secret = Encoding.UTF8.GetBytes(secret);
    }

    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Seen { get; } = [];

    public static FakeNova Start(string networkNamespace, string secret)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore()
            .UseSockets(sockets => sockets.CreateBoundListenSocket = _ => Bind(networkNamespace))
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Port));
        FakeNova nova = new(builder.Build(), secret);
        nova._app.Run(nova.AnswerAsync);
        nova._app.StartAsync().GetAwaiter().GetResult();
        return nova;
    }

    public void Dispose() => _app.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static Socket Bind(string networkNamespace) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        return socket;
    });

    private async Task AnswerAsync(HttpContext context)
    {
        Dictionary<string, string> headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Seen.Enqueue(headers);
        string instance = headers.GetValueOrDefault("X-Instance-ID", "");
        string right = Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(instance)));
        if (headers.GetValueOrDefault("X-Instance-ID-Signature") != right)
        {
            context.Response.StatusCode = 403;
            return;
        }

        switch (context.Request.Path.Value)
        {
            case "/big":
                context.Response.ContentLength = BigSize;
                await context.Response.Body.WriteAsync(new byte[BigSize], context.RequestAborted);
                break;
            case "/gone":
                context.Abort();
                break;
            default:
                await context.Response.WriteAsync($"{instance} {headers["X-Forwarded-For"]} {headers["X-Tenant-ID"]}");
                break;
        }
    }
}
