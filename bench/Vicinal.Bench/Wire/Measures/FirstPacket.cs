using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Vicinal.Bench.Measuring;

namespace Vicinal.Bench.Wire.Measures;

/// <summary>Round trips of new UDP flows, in microseconds, and how many of them had none.</summary>
internal sealed record FirstResult(Samples First, Samples Next)
{
    public int Lost { get; set; }
}

/// <summary>
/// The first round trip of a connection that nobody has seen before, and the one after it. One thread is client and server, with ordinary sockets.
/// </summary>
internal sealed class FirstPacket(Path path)
{
    private const int Port = 9100;
    private const int FirstOwnPort = 20_000;
    private const int OwnPorts = 10_000;
    private const int PatienceMilliseconds = 200;

    private int _connections;

    /// <param name="pause">Before each connection.</param>
    public FirstResult Run(int count, Action pause)
    {
        using Socket server = PathSockets.Receiver(path, Port);
        server.ReceiveTimeout = PatienceMilliseconds;
        FirstResult result = new(new Samples(), new Samples());
        SocketAddress from = new(AddressFamily.InterNetwork);
        byte[] buffer = new byte[SmallPackets.Payload];
        for (int i = 0; i < count; i++)
        {
            using Socket client = PathSockets.Sender(path, FirstOwnPort + (_connections++ % OwnPorts), Port);
            client.ReceiveTimeout = PatienceMilliseconds;
            pause();
            if (RoundTrip(client, server, buffer, from) is { } first && RoundTrip(client, server, buffer, from) is { } next)
            {
                result.First.Add(first);
                result.Next.Add(next);
            }
            else
            {
                result.Lost++;
            }
        }

        return result;
    }

    /// <summary>Null when a packet was lost.</summary>
    private static double? RoundTrip(Socket client, Socket server, byte[] buffer, SocketAddress from)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            _ = client.Send(buffer);
            _ = server.ReceiveFrom(buffer, SocketFlags.None, from);
            _ = server.SendTo(buffer, SocketFlags.None, from);
            _ = client.Receive(buffer);
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return null;
        }
    }
}
