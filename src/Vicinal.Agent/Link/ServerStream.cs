using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Vicinal.Protocol;
using Vicinal.Protocol.Framing;
using Vicinal.Protocol.Security;
using Wire = Vicinal.Protocol.Wire;

namespace Vicinal.Agent.Link;

/// <summary>One HTTP/2 stream to one server: messages out, messages in. A reader and a writer may use it at the same time.</summary>
internal sealed class ServerStream : IDisposable
{
    private readonly HttpClient _client;
    private readonly StreamContent _content;
    private readonly HttpResponseMessage _response;
    private readonly Stream _output;
    private readonly Stream _input;
    private readonly FrameReader _frames = new();
    private readonly Queue<Wire.ServerMessage> _received = new();
    private readonly byte[] _buffer = new byte[64 << 10];

    private ServerStream(HttpClient client, StreamContent content, HttpResponseMessage response, Stream output, Stream input)
    {
        _client = client;
        _content = content;
        _response = response;
        _output = output;
        _input = input;
    }

    /// <param name="server">HOST:PORT.</param>
    /// <param name="tls">Null: plain text, with prior knowledge of HTTP/2.</param>
    /// <exception cref="HttpRequestException">The server cannot be reached, is none, or one of the certificates was refused.</exception>
    public static async Task<ServerStream> OpenAsync(string server, TlsIdentity? tls, Wire.Hello hello, CancellationToken cancellation)
    {
        HttpClient client = new(Handler(tls)) { Timeout = Timeout.InfiniteTimeSpan };
        StreamContent content = new();
        HttpResponseMessage? response = null;
        try
        {
            content.Headers.ContentType = new MediaTypeHeaderValue(ProtocolVersion.ContentType);
            using HttpRequestMessage request = new(HttpMethod.Post, $"{(tls is null ? "http" : "https")}://{server}{ProtocolVersion.Path}");
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            request.Content = content;
            Task<HttpResponseMessage> answering = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            Stream output = await FirstOf(content.OpenedAsync(cancellation), answering);
            await WriteAsync(output, [new Wire.AgentMessage { Hello = hello }], cancellation);
            response = await answering;
            response.EnsureSuccessStatusCode();

            // The request is disposed of here and must not take the open body with it.
            request.Content = null;
            return new ServerStream(client, content, response, output, await response.Content.ReadAsStreamAsync(cancellation));
        }
        catch
        {
            response?.Dispose();
            content.Dispose();
            client.Dispose();
            throw;
        }
    }

    public Task WriteAsync(IReadOnlyList<Wire.AgentMessage> messages, CancellationToken cancellation) =>
        WriteAsync(_output, messages, cancellation);

    /// <summary>The next message, or null when the server ended the stream.</summary>
    /// <exception cref="WireFault">What came is no message.</exception>
    public async ValueTask<Wire.ServerMessage?> ReadAsync(CancellationToken cancellation)
    {
        while (_received.Count == 0)
        {
            int count = await _input.ReadAsync(_buffer, cancellation);
            if (count == 0)
            {
                return _frames.IsInsideFrame ? throw new WireFault("the stream ended inside a message") : null;
            }

            _frames.Push(_buffer.AsSpan(0, count), frame => _received.Enqueue(Parse(frame)));
        }

        return _received.Dequeue();
    }

    public void Dispose()
    {
        _content.Dispose();
        _response.Dispose();
        _client.Dispose();
    }

    private static async Task<Stream> FirstOf(Task<Stream> opened, Task<HttpResponseMessage> answering)
    {
        // A connection that fails ends the request and never opens its body.
        if (await Task.WhenAny(opened, answering) == answering)
        {
            (await answering).Dispose();
        }

        return await opened;
    }

    private static async Task WriteAsync(Stream output, IReadOnlyList<Wire.AgentMessage> messages, CancellationToken cancellation)
    {
        foreach (Wire.AgentMessage message in messages)
        {
            await output.WriteAsync(FrameWriter.Frame(message), cancellation);
        }

        await output.FlushAsync(cancellation);
    }

    private static Wire.ServerMessage Parse(ReadOnlySpan<byte> frame)
    {
        try
        {
            return Wire.ServerMessage.Parser.ParseFrom(frame);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new WireFault($"not a message: {failure.Message}", failure);
        }
    }

    private static SocketsHttpHandler Handler(TlsIdentity? tls)
    {
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),

            // A server that vanished without a word is noticed within twenty seconds.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        };
        if (tls is not null)
        {
            handler.SslOptions.ClientCertificateContext =
                System.Net.Security.SslStreamCertificateContext.Create(tls.Certificate, tls.Intermediates, offline: true);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                tls.IsTrustedServer(certificate as System.Security.Cryptography.X509Certificates.X509Certificate2, chain, errors);
        }

        return handler;
    }
}
