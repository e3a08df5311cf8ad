using System.Diagnostics;
using System.Net.Sockets;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Pipeline;
using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Bench.Wire.Measures;

/// <param name="PerSecond">Connections whose first packet was answered.</param>
/// <param name="Upcalls">Packets of one that the kernel brought up to an agent, on both nodes together; NaN where it carries none itself.</param>
/// <param name="AgentMicroseconds">CPU time for one of the node whose agent spent most; NaN without agents.</param>
internal readonly record struct ConnectionResult(double PerSecond, double Upcalls, double AgentMicroseconds, double LostShare);

/// <summary>
/// New UDP connections, each one packet and its answer: the ports are new every time. Client and server are one thread; the client makes its frames by hand on a
/// packet socket, since a socket for each connection would cost more than many of the paths.
/// </summary>
internal sealed class NewConnections(Path path)
{
    private const int Window = 64;
    private const int FirstPort = 9200;
    private const int Ports = 16;
    private const int FirstOwnPort = 1024;
    private const int OwnPorts = 64_000;
    private const int PatienceMilliseconds = 20;
    private const int UdpOffset = EthernetHeader.Size + 20;

    /// <summary>The client's stack knows nothing of these connections and would answer the answers with ICMP errors.</summary>
    private static readonly string s_deafness = $$"""
        table netdev bench {
          chain in {
            type filter hook ingress device eth0 priority 0;
            udp sport {{FirstPort}}-{{FirstPort + Ports - 1}} drop
          }
        }
        """;

    private int _connections;

    /// <param name="count">A multiple of the window that divides the ports of the client: one run has one port of the server.</param>
    public ConnectionResult Run(int count)
    {
        int port = FirstPort + (_connections / OwnPorts % Ports);
        FrameEnds ends = NextHop.Resolve(path);
        NftCommand.Apply(path.From, s_deafness);
        try
        {
            using Socket server = PathSockets.Receiver(path, port);
            using PacketSocketDevice client = NetworkNamespace.Open(path.From).Run(() => PacketSocketDevice.Open("eth0"));
            using DatagramBatch batch = new(Window, SmallPackets.Payload);
            byte[] template = PacketBuilder.Udp(in ends, 0, 0, [0xFF, 0xFF, .. new byte[SmallPackets.Payload - 2]]);
            double upcalls = Upcalls();
            double[] before = [.. path.Agents.Select(agent => agent.CpuSeconds)];
            long start = Stopwatch.GetTimestamp();
            int answered = Exchange(client, server, batch, template, port, count);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            double busiest = path.Agents.Select((agent, i) => agent.CpuSeconds - before[i]).DefaultIfEmpty(double.NaN).Max();
            return new ConnectionResult(answered / elapsed, (Upcalls() - upcalls) / answered, busiest * 1e6 / answered, 1 - ((double)answered / count));
        }
        finally
        {
            NftCommand.Apply(path.From, "delete table netdev bench");
        }
    }

    private double Upcalls() => path.Agents.Count == 0 ? double.NaN : path.Agents.Sum(agent => agent.Upcalls);

    private int Exchange(PacketSocketDevice client, Socket server, DatagramBatch batch, byte[] template, int port, int count)
    {
        using Poller poller = new();
        poller.Add(client.PollHandle, 0);
        poller.Add((int)server.Handle, 1);
        PollEvent[] ready = new PollEvent[2];
        PacketBuffer[] frames = [.. Enumerable.Range(0, Window).Select(_ => new PacketBuffer(PacketBuffer.Headroom + 2048))];
        int answered = 0;
        for (int made = 0; made < count; made += Window)
        {
            foreach (PacketBuffer frame in frames)
            {
                frame.CopyFrom(template);
                frame.Offload = default;
                FlowSource.SetPorts(frame.Span[UdpOffset..], FirstOwnPort + (uint)(_connections++ % OwnPorts), (uint)port);
            }

            _ = client.Send(frames);
            int missing = Window;
            while (missing > 0)
            {
                int asked = batch.Receive(server);
                if (asked > 0)
                {
                    batch.SendBack(server, asked);
                }

                int found = CountAnswers(client, frames, port);
                missing -= found;
                if (asked == 0 && found == 0 && poller.Wait(ready, PatienceMilliseconds) == 0)
                {
                    break;
                }
            }

            answered += Window - Math.Max(0, missing);
        }

        return answered;
    }

    /// <summary>What else the interface hears, such as ARP, is none.</summary>
    private static int CountAnswers(PacketSocketDevice client, PacketBuffer[] frames, int port)
    {
        int received = client.Receive(frames);
        int answers = 0;
        for (int i = 0; i < received; i++)
        {
            ReadOnlySpan<byte> frame = frames[i].Span;
            answers += frame.Length > UdpOffset + 2 && ((frame[UdpOffset] << 8) | frame[UdpOffset + 1]) == port ? 1 : 0;
        }

        return answers;
    }
}
