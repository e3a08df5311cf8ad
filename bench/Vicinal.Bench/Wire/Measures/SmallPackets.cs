using System.Diagnostics;
using System.Net.Sockets;
using Vicinal.Bench.Measuring;

namespace Vicinal.Bench.Wire.Measures;

/// <summary>Packets that arrived.</summary>
/// <param name="AgentNanoseconds">Of the CPU what the agents had, next to nothing where the kernel carries the packets; NaN without agents.</param>
/// <param name="MachineRatio">What the whole machine was busy with, to what is counted: about 1 when nobody else works and nothing is overlooked.</param>
internal readonly record struct PacketResult(double CpuNanoseconds, double AgentNanoseconds, double PerSecond, double LostShare, double MachineRatio);

/// <summary>
/// 64-byte frames of one established UDP flow. One thread sends a window and takes it in again before it sends the next, so that nothing is sent in vain, no
/// queue overflows and what is counted at the receiver is what the machine worked for.
/// </summary>
internal static class SmallPackets
{
    /// <summary>UDP payload of a 64-byte frame, without its FCS.</summary>
    public const int Payload = 22;

    private const int Window = 128;
    private const int Port = 9000;

    /// <summary>Microseconds to wait for more of a window before what is missing is given up.</summary>
    private const int Patience = 20_000;

    /// <summary>Null when nothing arrives.</summary>
    public static PacketResult? Run(Path path, double seconds, double baseline)
    {
        using Socket receiver = PathSockets.Receiver(path, Port);
        using Socket sender = PathSockets.Sender(path, Port + 1, Port);
        using DatagramBatch outgoing = new(Window, Payload);
        using DatagramBatch incoming = new(Window, Payload);
        (long _, long warm) = Pump(sender, receiver, outgoing, incoming, seconds / 10);
        if (warm == 0)
        {
            return null;
        }

        double before = AgentSeconds(path);
        MachineClock clock = MachineClock.Start();
        (long sent, long received) = Pump(sender, receiver, outgoing, incoming, seconds);
        double elapsed = clock.ElapsedSeconds;
        double busy = clock.BusySeconds;
        double ratio = clock.MachineSeconds / busy;
        double agents = (AgentSeconds(path) - before) * 1e9 / received;
        return new PacketResult((busy - (baseline * elapsed)) * 1e9 / received, agents, received / elapsed, Math.Max(0, 1 - ((double)received / sent)), ratio);
    }

    private static double AgentSeconds(Path path) => path.Agents.Count == 0 ? double.NaN : path.Agents.Sum(agent => agent.CpuSeconds);

    private static (long Sent, long Received) Pump(Socket sender, Socket receiver, DatagramBatch outgoing, DatagramBatch incoming, double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        long received = 0;
        do
        {
            sent += outgoing.Send(sender, Window);
            received += Drain(receiver, incoming, sent - received);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        return (sent, received);
    }

    private static long Drain(Socket receiver, DatagramBatch incoming, long missing)
    {
        long received = 0;
        while (received < missing)
        {
            int taken = incoming.Receive(receiver);
            received += taken;
            if (taken == 0 && !receiver.Poll(Patience, SelectMode.SelectRead))
            {
                break;
            }
        }

        return received;
    }
}
