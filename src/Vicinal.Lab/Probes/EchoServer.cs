using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Lab.Probes;

/// <summary>Answers TCP and UDP on one port of a namespace, with what it got, and remembers who came.</summary>
public sealed class EchoServer : IDisposable
{
    private readonly Socket _tcp;
    private readonly List<Socket> _udp;

    private EchoServer(Socket tcp, List<Socket> udp)
    {
        _tcp = tcp;
        _udp = udp;
        new Thread(ServeTcp) { IsBackground = true, Name = "echo-tcp" }.Start();
        foreach (Socket socket in udp)
        {
            new Thread(() => ServeUdp(socket)) { IsBackground = true, Name = "echo-udp" }.Start();
        }
    }

    /// <summary>The source address of the last TCP connection or datagram, as the server saw it.</summary>
    public IpAddress? LastClient { get; private set; }

    /// <param name="addresses">
    /// Where a host with several addresses answers datagrams: from a wildcard socket the answer would carry the address of the way back.
    /// </param>
    public static EchoServer Start(string networkNamespace, int port, params IReadOnlyList<IpAddress> addresses) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket tcp = new(SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        tcp.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        tcp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        tcp.Listen(64);
        IEnumerable<IPAddress> bound = addresses.Count == 0 ? [IPAddress.IPv6Any] : addresses.Select(address => address.ToIPAddress());
        return new EchoServer(tcp, [.. bound.Select(address => Bind(address, port))]);
    });

    public void Dispose()
    {
        _tcp.Dispose();
        _udp.ForEach(socket => socket.Dispose());
    }

    private static Socket Bind(IPAddress address, int port)
    {
        Socket udp = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        if (address.Equals(IPAddress.IPv6Any))
        {
            udp.DualMode = true;
        }

        udp.Bind(new IPEndPoint(address, port));
        return udp;
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

    private void ServeUdp(Socket udp)
    {
        byte[] buffer = new byte[65536];
        EndPoint from = new IPEndPoint(udp.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            while (true)
            {
                int read = udp.ReceiveFrom(buffer, ref from);
                Remember(from);
                udp.SendTo(buffer.AsSpan(0, read), from);
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
