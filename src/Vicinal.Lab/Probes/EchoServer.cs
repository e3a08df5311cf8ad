using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Lab.Probes;

/// <summary>Answers TCP and UDP on one port of a namespace, with what it got, and remembers who came.</summary>
public sealed class EchoServer : IDisposable
{
    private readonly Socket _tcp;
    private readonly Socket _udp;

    private EchoServer(Socket tcp, Socket udp)
    {
        _tcp = tcp;
        _udp = udp;
        new Thread(ServeTcp) { IsBackground = true, Name = "echo-tcp" }.Start();
        new Thread(ServeUdp) { IsBackground = true, Name = "echo-udp" }.Start();
    }

    /// <summary>The source address of the last TCP connection or datagram, as the server saw it.</summary>
    public IpAddress? LastClient { get; private set; }

    public static EchoServer Start(string networkNamespace, int port) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket tcp = new(SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        tcp.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        tcp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        tcp.Listen(64);
        Socket udp = new(SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        udp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        return new EchoServer(tcp, udp);
    });

    public void Dispose()
    {
        _tcp.Dispose();
        _udp.Dispose();
    }

    private void ServeTcp()
    {
        try
        {
            while (true)
            {
                Socket client = _tcp.Accept();
                Remember(client.RemoteEndPoint!);
                new Thread(() => EchoTcp(client)) { IsBackground = true, Name = "echo-client" }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the end of the server.
        }
    }

    private static void EchoTcp(Socket client)
    {
        using Socket owned = client;
        byte[] buffer = new byte[65536];
        try
        {
            for (int read = owned.Receive(buffer); read > 0; read = owned.Receive(buffer))
            {
                owned.Send(buffer.AsSpan(0, read));
            }
        }
        catch (SocketException)
        {
            // The client is gone.
        }
    }

    private void ServeUdp()
    {
        byte[] buffer = new byte[65536];
        EndPoint from = new IPEndPoint(IPAddress.IPv6Any, 0);
        try
        {
            while (true)
            {
                int read = _udp.ReceiveFrom(buffer, ref from);
                Remember(from);
                _udp.SendTo(buffer.AsSpan(0, read), from);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the end of the server.
        }
    }

    private void Remember(EndPoint client)
    {
        IPAddress address = ((IPEndPoint)client).Address;
        LastClient = IpAddress.From(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
    }
}
