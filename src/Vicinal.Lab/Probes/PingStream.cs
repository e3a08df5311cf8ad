using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Lab.Probes;

/// <summary>Echo requests at a steady pace, whatever becomes of them, as ping(8) with a small interval; each is known by its number.</summary>
public sealed class PingStream : IDisposable
{
    private const int Most = ushort.MaxValue;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static int s_identifier;

    private readonly Socket _socket;
    private readonly IPEndPoint _to;
    private readonly bool _v4;
    private readonly ushort _identifier = (ushort)(0x4000 + (Environment.ProcessId << 6) + Interlocked.Increment(ref s_identifier));
    private readonly TimeSpan _spacing;
    private readonly long[] _sentAt = new long[Most + 1];
    private readonly bool[] _answered = new bool[Most + 1];
    private readonly Thread _sending;
    private readonly Thread _receiving;
    private int _sent;
    private int _answers;
    private int _established;
    private volatile bool _stop;
    private volatile bool _closed;

    private PingStream(Socket socket, IpAddress to, TimeSpan spacing)
    {
        _socket = socket;
        _to = new IPEndPoint(to.ToIPAddress(), 0);
        _v4 = to.IsIpv4;
        _spacing = spacing;
        _sending = new Thread(Send) { IsBackground = true, Name = "ping-send" };
        _receiving = new Thread(Receive) { IsBackground = true, Name = "ping-receive" };
        _receiving.Start();
        _sending.Start();
    }

    public int Sent => Volatile.Read(ref _sent);

    public int Answers => Volatile.Read(ref _answers);

    public static PingStream Start(string networkNamespace, IpAddress to, double spacingMilliseconds = 2) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket socket = new(to.IsIpv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Raw, to.IsIpv4 ? ProtocolType.Icmp : ProtocolType.IcmpV6)
        {
            ReceiveBufferSize = 1 << 20,
            ReceiveTimeout = 100,
        };
        return new PingStream(socket, to, TimeSpan.FromMilliseconds(spacingMilliseconds));
    });

    /// <summary>Waits until so many more were answered.</summary>
    public void WaitForAnswers(int count, string path = "the path")
    {
        int before = Answers;
        if (!SpinWait.SpinUntil(() => Answers >= before + count, TimeSpan.FromSeconds(5) + (count * _spacing * 2)))
        {
            throw new LabException($"{Answers - before} of {count} answers came by {path}");
        }
    }

    /// <summary>What is lost from here on counts; before, the ways were still being found.</summary>
    public void Establish() => _established = Sent;

    /// <summary>
    /// The longest time without a way, in milliseconds, after <see cref="Finish"/>: from the first of a row of lost requests to the first that was
    /// answered again. Zero when none was lost.
    /// </summary>
    public double LongestGap()
    {
        double longest = 0;
        int first = 0;
        for (int i = _established + 1; i <= Sent; i++)
        {
            if (_answered[i])
            {
                longest = first > 0 ? Math.Max(longest, Stopwatch.GetElapsedTime(_sentAt[first], _sentAt[i]).TotalMilliseconds) : longest;
                first = 0;
            }
            else if (first == 0)
            {
                first = i;
            }
        }

        return first > 0 ? double.PositiveInfinity : longest;
    }

    /// <summary>Sends no more, waits for what is under way, and returns the numbers and times (ms since the first) of those without an answer.</summary>
    public IReadOnlyList<(int Number, double Milliseconds)> Finish()
    {
        _stop = true;
        _sending.Join();
        TimeSpan since = Stopwatch.GetElapsedTime(_sentAt[Sent]);
        SpinWait.SpinUntil(() => Lost().Count == 0, since < s_patience ? s_patience - since : TimeSpan.Zero);
        return Lost();
    }

    private List<(int Number, double Milliseconds)> Lost() =>
        [.. Enumerable.Range(1, Sent).Skip(_established).Where(i => !_answered[i]).Select(i => (i, Stopwatch.GetElapsedTime(_sentAt[1], _sentAt[i]).TotalMilliseconds))];

    public void Dispose()
    {
        _stop = true;
        _closed = true;
        _sending.Join();
        _receiving.Join();
        _socket.Dispose();
    }

    private void Send()
    {
        byte[] request = new byte[64];
        request[0] = (byte)(_v4 ? 8 : 128);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4), _identifier);
        long start = Stopwatch.GetTimestamp();
        while (!_stop && _sent < Most)
        {
            int number = _sent + 1;
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(6), (ushort)number);
            request[2] = request[3] = 0;
            if (_v4)
            {
                // The kernel computes the checksum of ICMPv6 only.
                BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), Checksum.Compute(request));
            }

            _sentAt[number] = Stopwatch.GetTimestamp();
            try
            {
                _socket.SendTo(request, _to);
            }
            catch (SocketException)
            {
                // No way just now: this one is lost.
            }

            Volatile.Write(ref _sent, number);

            // By the clock and not by the pause, which the kernel draws out.
            TimeSpan ahead = (_spacing * number) - Stopwatch.GetElapsedTime(start);
            if (ahead > TimeSpan.Zero)
            {
                Thread.Sleep(ahead);
            }
        }
    }

    private void Receive()
    {
        byte[] packet = new byte[2048];
        while (!_closed)
        {
            try
            {
                int length = _socket.Receive(packet);
                Note(packet.AsSpan(0, length)[(_v4 ? (packet[0] & 15) * 4 : 0)..]);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut)
            {
                // Time to see whether that was all.
            }
        }
    }

    private void Note(ReadOnlySpan<byte> icmp)
    {
        if (icmp.Length < 8 || icmp[0] != (_v4 ? 0 : 129) || BinaryPrimitives.ReadUInt16BigEndian(icmp[4..]) != _identifier)
        {
            return;
        }

        ref bool answered = ref _answered[BinaryPrimitives.ReadUInt16BigEndian(icmp[6..])];
        if (!answered)
        {
            answered = true;
            Volatile.Write(ref _answers, _answers + 1);
        }
    }
}
