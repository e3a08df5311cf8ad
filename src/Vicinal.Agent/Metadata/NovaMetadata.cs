using System.Net;
using Microsoft.AspNetCore.Http;

namespace Vicinal.Agent.Metadata;

/// <summary>
/// Passes questions on to Nova's metadata API and its answers back, a piece at a time: what an instance does not take, Nova keeps. The bounds on how much
/// one port may ask at once are the server's.
/// </summary>
internal sealed class NovaMetadata(Uri nova, byte[] secret) : IMetadataSource, IDisposable
{
    /// <summary>In milliseconds: Nova asks its database, and is slow when a thousand instances boot.</summary>
    private const int LongestWait = 30_000;

    private const int PieceSize = 16 * 1024;

    private static readonly string[] s_passed = ["Cache-Control", "Content-Encoding", "Content-Length", "Content-Type", "ETag", "Last-Modified", "Retry-After"];

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
        UseProxy = false,
    });

    public async Task AnswerAsync(HttpContext context, Requester requester)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            using HttpRequestMessage request = NovaRequest.Make(context.Request, requester, nova, secret);
            patience.CancelAfter(LongestWait);
            using HttpResponseMessage response = await _client.SendAsync(request, patience.Token);
            await CopyAsync(response, context, patience);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            await MetadataText.FailAsync(context, StatusCodes.Status502BadGateway, "The metadata service of this cloud cannot be reached from your node.");
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await MetadataText.FailAsync(context, StatusCodes.Status504GatewayTimeout, "The metadata service of this cloud did not answer in time.");
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task CopyAsync(HttpResponseMessage response, HttpContext context, CancellationTokenSource patience)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (string name in s_passed)
        {
            if (response.Content.Headers.TryGetValues(name, out IEnumerable<string>? values) || response.Headers.TryGetValues(name, out values))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        await using Stream body = await response.Content.ReadAsStreamAsync(patience.Token);
        byte[] piece = new byte[PieceSize];
        while (true)
        {
            patience.CancelAfter(LongestWait);
            int read = await body.ReadAsync(piece, patience.Token);
            if (read == 0)
            {
                return;
            }

            // An instance that takes its time is the server's to bear with, not Nova's fault.
            patience.CancelAfter(Timeout.Infinite);
            await context.Response.Body.WriteAsync(piece.AsMemory(0, read), context.RequestAborted);
        }
    }
}
