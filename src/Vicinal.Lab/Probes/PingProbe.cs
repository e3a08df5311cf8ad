using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Lab.Probes;

/// <summary>What came back for one echo request.</summary>
/// <param name="From">Who answered.</param>
/// <param name="Type">ICMP type: an echo reply, or the error that came instead.</param>
public sealed record PingReply(IpAddress From, int Type, int Code, double Milliseconds)
{
    public bool IsEcho => Type is 0 or 129;

    public bool IsTimeExceeded => From.IsIpv4 ? Type == 11 : Type == 3;
}

public sealed record PingOptions
{
    public int Count { get; init; } = 1;

    public int PayloadBytes { get; init; } = 56;

    public int? Ttl { get; init; }

    public bool DontFragment { get; init; }

    public int TimeoutMilliseconds { get; init; } = 1000;

    /// <summary>Told the number of each request when it is answered or given up.</summary>
    public Action<int>? Done { get; init; }
}

/// <summary>ICMP echo from inside a namespace, without a ping(8) on the machine.</summary>
public static class PingProbe
{
    private static int s_identifier;

    /// <summary>One entry a request; null where nothing came back in time.</summary>
    public static IReadOnlyList<PingReply?> Run(string networkNamespace, IpAddress destination, PingOptions? options = null) =>
        NetworkNamespace.Open(networkNamespace).Run(() => Send(destination, options ?? new PingOptions()));

    /// <summary>As above, from the calling thread's namespace.</summary>
    public static IReadOnlyList<PingReply?> Run(IpAddress destination, PingOptions options) => Send(destination, options);

    /// <summary>Whether at least one request was answered by an echo reply.</summary>
    public static bool Reaches(string networkNamespace, IpAddress destination, PingOptions? options = null) =>
        Run(networkNamespace, destination, options).Any(reply => reply is { IsEcho: true });

    private static List<PingReply?> Send(IpAddress destination, PingOptions options)
    {
        bool v4 = destination.IsIpv4;
        using Socket socket = new(
            v4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Raw, v4 ? ProtocolType.Icmp : ProtocolType.IcmpV6);
        SetOptions(socket, v4, options);
        ushort identifier = (ushort)(Environment.ProcessId + Interlocked.Increment(ref s_identifier));
        List<PingReply?> replies = [];
        for (ushort sequence = 1; sequence <= options.Count; sequence++)
        {
            replies.Add(Exchange(socket, destination, v4, identifier, sequence, options));
            options.Done?.Invoke(sequence);
        }

        return replies;
    }

    private static void SetOptions(Socket socket, bool v4, PingOptions options)
    {
        if (options.Ttl is { } ttl)
        {
            // IP_TTL = 2 of IPPROTO_IP = 0; IPV6_UNICAST_HOPS = 16 of IPPROTO_IPV6 = 41.
            socket.SetRawSocketOption(v4 ? 0 : 41, v4 ? 2 : 16, BitConverter.GetBytes(ttl));
        }

        if (options.DontFragment && v4)
        {
            // IP_MTU_DISCOVER = 10, IP_PMTUDISC_PROBE = 3: DF set, and no limit by what the kernel has learnt.
            socket.SetRawSocketOption(0, 10, BitConverter.GetBytes(3));
        }
        else if (options.DontFragment)
        {
            // IPV6_MTU_DISCOVER = 23, IPV6_PMTUDISC_PROBE = 3; IPV6_DONTFRAG = 62.
            socket.SetRawSocketOption(41, 23, BitConverter.GetBytes(3));
            socket.SetRawSocketOption(41, 62, BitConverter.GetBytes(1));
        }
    }

    private static PingReply? Exchange(Socket socket, IpAddress destination, bool v4, ushort identifier, ushort sequence, PingOptions options)
    {
        byte[] request = new byte[8 + options.PayloadBytes];
        request[0] = (byte)(v4 ? 8 : 128);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4), identifier);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(6), sequence);
        if (v4)
        {
            // The kernel computes the checksum of ICMPv6 only.
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), OnesComplement(request));
        }

        long start = Stopwatch.GetTimestamp();
        try
        {
            socket.SendTo(request, new IPEndPoint(destination.ToIPAddress(), 0));
        }
        catch (SocketException)
        {
            return null;
        }

        byte[] buffer = new byte[65536];
        EndPoint from = new IPEndPoint(v4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            int left = options.TimeoutMilliseconds - (int)elapsed;
            if (left <= 0 || !socket.Poll(left * 1000, SelectMode.SelectRead))
            {
                return null;
            }

            int length = socket.ReceiveFrom(buffer, ref from);
            if (Match(buffer.AsSpan(0, length), v4, identifier, sequence) is { } answer)
            {
                IpAddress source = IpAddress.From(((IPEndPoint)from).Address);
                return new PingReply(source, answer.Type, answer.Code, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
    }

    /// <summary>The echo reply to our request, or the error that quotes it; raw IPv4 sockets hand over the IP header too.</summary>
    private static (int Type, int Code)? Match(ReadOnlySpan<byte> packet, bool v4, ushort identifier, ushort sequence)
    {
        ReadOnlySpan<byte> icmp = v4 ? packet[((packet[0] & 15) * 4)..] : packet;
        if (icmp.Length < 8)
        {
            return null;
        }

        int type = icmp[0];
        ReadOnlySpan<byte> ids = icmp[4..];
        bool error = v4 ? type is 3 or 11 or 12 : type is >= 1 and <= 4;
        if (error)
        {
            int quoted = 8 + (v4 ? 20 : 40) + 4;
            if (icmp.Length < quoted + 4)
            {
                return null;
            }

            ids = icmp[quoted..];
        }
        else if (type != (v4 ? 0 : 129))
        {
            return null;
        }

        return BinaryPrimitives.ReadUInt16BigEndian(ids) == identifier && BinaryPrimitives.ReadUInt16BigEndian(ids[2..]) == sequence
            ? (type, icmp[1])
            : null;
    }

    private static ushort OnesComplement(ReadOnlySpan<byte> message)
    {
        uint sum = 0;
        for (int i = 0; i + 1 < message.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);
        }

        if (message.Length % 2 == 1)
        {
            sum += (uint)message[^1] << 8;
        }

        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
