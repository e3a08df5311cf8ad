using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Vicinal.Bench.Measuring;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Bench.Wire.Measures;

/// <summary>
/// ICMP echo from a raw socket, as ping(8) does; its microsecond is too coarse for a veth pair. One id a run, so all but the first packet belong to an established flow.
/// </summary>
internal static class Ping
{
    private const int PatienceMilliseconds = 500;
    private const int IcmpOffset = EthernetHeader.Size + 20;

    private static ushort s_id;

    /// <summary>Round trips in microseconds; none when nothing came back.</summary>
    public static Samples Run(Path path, int count, Action pause)
    {
        using Socket socket = NetworkNamespace.Open(path.From).Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp));
        socket.Connect(new IPEndPoint(IPAddress.Parse(path.Address), 0));
        socket.ReceiveTimeout = PatienceMilliseconds;
        s_id++;
        FrameEnds ends = new(default, default, IpAddress.Ipv4Any, IpAddress.Parse(path.Address));
        byte[] buffer = new byte[2048];
        Samples samples = new();
        for (ushort sequence = 0; sequence < count; sequence++)
        {
            byte[] request = PacketBuilder.EchoRequest(in ends, s_id, sequence, new byte[56]);
            pause();
            if (RoundTrip(socket, request.AsSpan(IcmpOffset), buffer) is { } microseconds)
            {
                samples.Add(microseconds);
            }
        }

        return samples;
    }

    /// <summary>Null when no answer came in time.</summary>
    private static double? RoundTrip(Socket socket, ReadOnlySpan<byte> request, byte[] buffer)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            _ = socket.Send(request);
            while (true)
            {
                // A raw socket hears all ICMP with its IPv4 header: type 0, and id and sequence as in the request.
                int length = socket.Receive(buffer);
                double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                ReadOnlySpan<byte> answer = buffer.AsSpan(0, length)[((buffer[0] & 0xF) * 4)..];
                if (answer.Length >= 8 && answer[0] == 0 && answer[4..8].SequenceEqual(request[4..8]))
                {
                    return microseconds;
                }
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.HostUnreachable or SocketError.NetworkUnreachable)
        {
            return null;
        }
    }
}
