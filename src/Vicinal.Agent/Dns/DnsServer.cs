using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Vicinal.Agent.Services;
using Vicinal.Datapath;

namespace Vicinal.Agent.Dns;

/// <summary>The resolver's sockets at the service address, UDP and TCP (RFC 7766).</summary>
internal sealed class DnsServer : IAsyncDisposable
{
    /// <summary>Questions under way, all together; what comes beyond is asked again by whoever asked.</summary>
    private const int MostQuestions = 1024;

    private const int ConnectionsPerPort = 8;

    /// <summary>A connection on which nothing is asked ends (in ms), and one that does not take its answer.</summary>
    private const int LongestPause = 10_000;

    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly DnsResolver _resolver;
    private readonly Func<EndPoint?, Task<ServicePeer?>> _find;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _questions = new(MostQuestions);
    private readonly PortShares _connections = new(ConnectionsPerPort);
    private readonly Task _serving;

    public DnsServer(Socket udp, Socket tcp, DnsResolver resolver, Func<EndPoint?, Task<ServicePeer?>> find, ILogger log)
    {
        _udp = udp;
        _tcp = tcp;
        _resolver = resolver;
        _find = find;
        _log = log;
        _tcp.Listen();
        _serving = Task.WhenAll(Task.Run(ServeUdpAsync), Task.Run(ServeTcpAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _udp.Dispose();
        _tcp.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        byte[] buffer = new byte[4096];
        EndPoint any = new IPEndPoint(_udp.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult received = await _udp.ReceiveFromAsync(buffer, any, _stop.Token);
                if (await _questions.WaitAsync(0))
                {
                    _ = AnswerAsync(received.RemoteEndPoint, buffer[..received.ReceivedBytes]);
                }
            }
            catch (SocketException e)
            {
                // An answer that could not be delivered comes back as an error of the next call.
                _log.LogDebug("The resolver's socket: {Error}", e.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(EndPoint remote, byte[] message)
    {
        try
        {
            if (await _resolver.AnswerAsync(remote, message, byTcp: false, _stop.Token) is { } answer)
            {
                await _udp.SendToAsync(answer, remote, _stop.Token);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            _log.LogDebug("An answer of the resolver is lost: {Error}", e.Message);
        }
        finally
        {
            _questions.Release();
        }
    }

    private async Task ServeTcpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ConverseAsync(await _tcp.AcceptAsync(_stop.Token));
            }
            catch (SocketException e)
            {
                _log.LogDebug("The resolver's socket: {Error}", e.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ConverseAsync(Socket accepted)
    {
        using Socket socket = accepted;
        try
        {
            if (await _find(socket.RemoteEndPoint) is not { } peer || !_connections.TryTake(peer.PortId))
            {
                return;
            }

            try
            {
                await ConverseAsync(socket, socket.RemoteEndPoint!);
            }
            finally
            {
                _connections.GiveBack(peer.PortId);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            _log.LogDebug("A conversation with the resolver ended: {Error}", e.Message);
        }
    }

    private async Task ConverseAsync(Socket socket, EndPoint remote)
    {
        await using NetworkStream stream = new(socket);
        while (true)
        {
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            patience.CancelAfter(LongestPause);
            if (await DnsStream.ReadAsync(stream, patience.Token) is not { } message
                || await _resolver.AnswerAsync(remote, message, byTcp: true, patience.Token) is not { } answer)
            {
                return;
            }

            await DnsStream.WriteAsync(stream, answer, patience.Token);
        }
    }
}
