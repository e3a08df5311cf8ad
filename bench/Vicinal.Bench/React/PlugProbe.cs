using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vicinal.Bench.Labs;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Bench.React;

/// <summary>
/// From the moment before a port's interface is made to the first answered ping through it. The ping is a frame of our own, so that no ARP
/// retry of the kernel's stands in the number; the port itself is known to its node before, as it is when Nova plugs.
/// </summary>
internal sealed class PlugProbe(BenchLab lab)
{
    // packet(7): all protocols, in network byte order.
    private const ProtocolType AllProtocols = (ProtocolType)0x0300;
    private const int Microseconds = 300;

    private int _number;

    /// <param name="nextHop">The MAC to send to: the peer's on the same network, else the router's.</param>
    /// <returns>Milliseconds until the first reply, and of these until the kernel had made the interface.</returns>
    public (double Answered, double Made) Run(string node, MacAddress nextHop, IpAddress peer)
    {
        string name = $"plug{++_number}";
        JsonObject port = lab.CreatePort(name, lab.Blue, node, lab.OpenGroup);
        Guid id = Guid.Parse((string)port["id"]!);
        FrameEnds ends = new(
            MacAddress.Parse((string)port["mac_address"]!, null), nextHop, IpAddress.Parse((string)port["fixed_ips"]![0]!["ip_address"]!), peer);
        NetworkNamespace inside = NetworkNamespace.Create(lab.Cloud.Plan.Namespace(name));
        try
        {
            using Rtnetlink nodeLinks = Rtnetlink.Open(NetworkNamespace.Open(lab.Cloud.Plan.Namespace(node)));
            using Rtnetlink insideLinks = Rtnetlink.Open(inside);
            using Socket socket = inside.Run(() => new Socket(AddressFamily.Packet, SocketType.Raw, AllProtocols));
            string device = Plug.DeviceOf(id);
            long start = Stopwatch.GetTimestamp();
            nodeLinks.CreateVeth(new VethEnd(device) { Mtu = 1442 }, new VethEnd("eth0") { Namespace = inside, MacAddress = ends.SourceMac, Mtu = 1442 });
            insideLinks.SetUp("eth0");
            nodeLinks.SetUp(device);
            double made = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            double answered = Ping(socket, insideLinks.GetLink("eth0").Index, in ends, start);
            return (answered, made);
        }
        finally
        {
            inside.Delete();
            lab.Api.Delete("ports", id.ToString());
            lab.WaitApplied();
        }
    }

    private static double Ping(Socket socket, int link, in FrameEnds ends, long start)
    {
        SocketAddress address = AddressOf(link);
        byte[] buffer = new byte[2048];
        for (ushort sequence = 1; Stopwatch.GetElapsedTime(start).TotalSeconds < 5; sequence++)
        {
            socket.SendTo(PacketBuilder.EchoRequest(in ends, 4711, sequence, new byte[16]), SocketFlags.None, address);
            while (socket.Poll(Microseconds, SelectMode.SelectRead))
            {
                int length = socket.Receive(buffer);
                if (PacketHeaders.Parse(buffer.AsSpan(0, length), out PacketHeaders h) == ParseResult.Ok
                    && h.IsIcmpQuery && h.IcmpType == 0 && h.Source == ends.Destination)
                {
                    return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }
            }
        }

        return double.NaN;
    }

    /// <summary>struct sockaddr_ll: family 2, protocol 2, ifindex 4, hatype 2, pkttype 1, halen 1, addr 8.</summary>
    private static SocketAddress AddressOf(int link)
    {
        SocketAddress address = new(AddressFamily.Packet, 20);
        BitConverter.TryWriteBytes(address.Buffer.Span[..2], (ushort)17);
        BitConverter.TryWriteBytes(address.Buffer.Span.Slice(4, 4), link);
        return address;
    }
}
