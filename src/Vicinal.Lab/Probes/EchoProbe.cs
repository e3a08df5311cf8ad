using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Lab.Probes;

/// <summary>A client of <see cref="EchoServer"/> inside a namespace.</summary>
public static class EchoProbe
{
    /// <summary>Connects, sends, and checks that the same bytes come back.</summary>
    public static bool Tcp(string networkNamespace, IpAddress server, int port, int bytes = 4096, int timeoutMilliseconds = 2000) =>
        NetworkNamespace.Open(networkNamespace).Run(() =>
        {
            using Socket socket = new(FamilyOf(server), SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.ReceiveTimeout = timeoutMilliseconds;
            socket.SendTimeout = timeoutMilliseconds;
            return TryConnect(socket, new IPEndPoint(server.ToIPAddress(), port), timeoutMilliseconds) && Exchange(socket, bytes);
        });

    public static bool Udp(string networkNamespace, IpAddress server, int port, int bytes = 512, int timeoutMilliseconds = 1500) =>
        NetworkNamespace.Open(networkNamespace).Run(() =>
        {
            using Socket socket = new(FamilyOf(server), SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = timeoutMilliseconds };
            try
            {
                socket.Connect(new IPEndPoint(server.ToIPAddress(), port));
                byte[] sent = RandomNumberGenerator.GetBytes(bytes);
                socket.Send(sent);
                byte[] got = new byte[bytes + 1];
                int read = socket.Receive(got);
                return got.AsSpan(0, read).SequenceEqual(sent);
            }
            catch (SocketException)
            {
                return false;
            }
        });

    private static bool TryConnect(Socket socket, IPEndPoint server, int timeoutMilliseconds)
    {
        socket.Blocking = false;
        try
        {
            socket.Connect(server);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            if (!socket.Poll(timeoutMilliseconds * 1000, SelectMode.SelectWrite))
            {
                return false;
            }
        }
        catch (SocketException)
        {
            return false;
        }

        socket.Blocking = true;
        return socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is 0;
    }

    private static bool Exchange(Socket socket, int bytes)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(bytes);
        byte[] got = new byte[bytes];
        try
        {
            socket.Send(sent);
            int have = 0;
            while (have < bytes)
            {
                int read = socket.Receive(got, have, bytes - have, SocketFlags.None);
                if (read == 0)
                {
                    return false;
                }

                have += read;
            }
        }
        catch (SocketException)
        {
            return false;
        }

        return got.AsSpan().SequenceEqual(sent);
    }

    private static AddressFamily FamilyOf(IpAddress address) => address.IsIpv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
}
