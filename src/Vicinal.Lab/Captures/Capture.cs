using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Lab.Captures;

/// <summary>
/// Sees every frame of every interface in one namespace, both directions, from the moment it is opened. The kernel keeps the frames
/// until they are collected, so it suits probes of some hundred packets and not a load.
/// </summary>
public sealed class Capture : IDisposable
{
    // packet(7): all protocols, in network byte order.
    private const ProtocolType AllProtocols = (ProtocolType)0x0300;
    private const byte PacketOutgoing = 4;

    private readonly Socket _socket;
    private readonly Dictionary<int, string> _interfaces;

    private Capture(string place, Socket socket, Dictionary<int, string> interfaces)
    {
        Place = place;
        _socket = socket;
        _interfaces = interfaces;
    }

    public string Place { get; }

    public static Capture Open(string place, string networkNamespace) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket socket = new(AddressFamily.Packet, SocketType.Raw, AllProtocols) { Blocking = false, ReceiveBufferSize = 16 << 20 };
        return new Capture(place, socket, InterfaceNames());
    });

    /// <summary>All frames since the last call, in the order seen. Loopback is left out.</summary>
    public IReadOnlyList<CapturedFrame> Collect()
    {
        List<CapturedFrame> frames = [];
        byte[] buffer = new byte[1 << 17];
        SocketAddress from = new(AddressFamily.Packet, SocketAddress.GetMaximumAddressSize(AddressFamily.Packet));
        while (_socket.Poll(0, SelectMode.SelectRead))
        {
            int length;
            try
            {
                // A receive leaves the length of what it found behind.
                from.Size = SocketAddress.GetMaximumAddressSize(AddressFamily.Packet);
                length = _socket.ReceiveFrom(buffer, SocketFlags.None, from);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.NetworkDown)
            {
                break;
            }

            // struct sockaddr_ll: family 2, protocol 2, ifindex 4, hatype 2, pkttype 1.
            int index = BitConverter.ToInt32(from.Buffer.Span.Slice(4, 4));
            bool outgoing = from.Buffer.Span[10] == PacketOutgoing;
            if (_interfaces.TryGetValue(index, out string? name) && name != "lo")
            {
                frames.Add(new CapturedFrame(Place, name, outgoing, buffer.AsSpan(0, length).ToArray()));
            }
        }

        return frames;
    }

    public void Dispose() => _socket.Dispose();

    private static Dictionary<int, string> InterfaceNames() =>
        NetworkInterface.GetAllNetworkInterfaces().ToDictionary(IndexOf, nic => nic.Name);

    private static int IndexOf(NetworkInterface nic) =>
        nic.Supports(NetworkInterfaceComponent.IPv4) ? nic.GetIPProperties().GetIPv4Properties().Index : nic.GetIPProperties().GetIPv6Properties().Index;
}
