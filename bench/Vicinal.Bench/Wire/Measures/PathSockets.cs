using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Bench.Wire.Measures;

/// <summary>UDP sockets at the two ends of a path, for one thread that plays both.</summary>
internal static class PathSockets
{
    private const int BufferBytes = 4 << 20;

    /// <summary>Bound where the path leads to.</summary>
    public static Socket Receiver(Path path, int port) => Open(path.To, new IPEndPoint(IPAddress.Parse(path.Address), port));

    /// <summary>Bound to a port of the sender's, and connected.</summary>
    public static Socket Sender(Path path, int ownPort, int port)
    {
        Socket socket = Open(path.From, new IPEndPoint(IPAddress.Any, ownPort));
        socket.Connect(new IPEndPoint(IPAddress.Parse(path.Address), port));
        return socket;
    }

    private static Socket Open(string networkNamespace, IPEndPoint local) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = BufferBytes, SendBufferSize = BufferBytes };
        socket.Bind(local);
        return socket;
    });
}
