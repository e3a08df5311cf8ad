using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Lab.Probes;

/// <summary>Puts a frame onto an interface as it is.</summary>
public static class RawFrame
{
    public static void Send(string networkNamespace, string nic, byte[] frame) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        // Protocol 0: this socket only sends.
        using Socket socket = new(AddressFamily.Packet, SocketType.Raw, 0);
        int index = NetworkInterface.GetAllNetworkInterfaces().First(i => i.Name == nic).GetIPProperties().GetIPv6Properties().Index;
        return socket.SendTo(frame, SocketFlags.None, AddressOf(index));
    });

    /// <summary>struct sockaddr_ll: family 2, protocol 2, ifindex 4, hatype 2, pkttype 1, halen 1, addr 8.</summary>
    private static SocketAddress AddressOf(int index)
    {
        SocketAddress address = new(AddressFamily.Packet, 20);
        BitConverter.TryWriteBytes(address.Buffer.Span[..2], (ushort)17);
        BitConverter.TryWriteBytes(address.Buffer.Span.Slice(4, 4), index);
        return address;
    }
}
