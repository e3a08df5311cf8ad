using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Traffic;

/// <summary>
/// Numbered datagrams of one flow, a millisecond or two apart, and what arrived of them at one place: so that a change is seen to the
/// packet. Times are <see cref="Stopwatch"/> timestamps of this machine, for both ends.
/// </summary>
public sealed class DatagramStream : IDisposable
{
    private const int Most = 60_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly Socket _source;
    private readonly Socket _sink;
    private readonly IPEndPoint _to;
    private readonly long[] _sentAt = new long[Most];
    private readonly IPAddress?[] _arrivedFrom = new IPAddress?[Most];
    private readonly Thread _sending;
    private readonly Thread _receiving;
    private int _sent;
    private int _arrived;
    private volatile bool _stop;

    private DatagramStream(Socket source, Socket sink, IPEndPoint to)
    {
        _source = source;
        _sink = sink;
        _to = to;
        _sending = new Thread(Send) { IsBackground = true, Name = "stream-send" };
        _receiving = new Thread(Receive) { IsBackground = true, Name = "stream-receive" };
        _receiving.Start();
        _sending.Start();
    }

    public int Sent => Volatile.Read(ref _sent);

    public int Arrived => Volatile.Read(ref _arrived);

    /// <param name="sink">The namespace where datagrams for <paramref name="port"/> are counted, under whatever address they come.</param>
    public static DatagramStream Start(string source, string sink, IpAddress to, int port)
    {
        AddressFamily family = to.IsIpv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        Socket receiver = Open(sink, family, port);
        return new DatagramStream(Open(source, family, 0), receiver, new IPEndPoint(to.ToIPAddress(), port));
    }

    /// <summary>Waits until so many more have arrived.</summary>
    public void WaitForArrivals(int count = 50) => WaitFor(() => Arrived, count, "arrive");

    /// <summary>Waits until so many more were sent, and those under way have had the time to arrive.</summary>
    public void WaitForSent(int count = 100)
    {
        WaitFor(() => Sent, count, "be sent");
        Thread.Sleep(20);
    }

    /// <summary>How many that were sent after a time arrived, from anywhere or from one address.</summary>
    public int PassedSince(long time, IpAddress? from = null) => Numbers(time).Count(i => Came(i, from));

    public int LostSince(long time) => Numbers(time).Count(i => _arrivedFrom[i] is null);

    /// <summary>When the last one that arrived was sent, in milliseconds after a time; negative when none was sent after it.</summary>
    public double LastPassed(long after, IpAddress? from = null) => MillisecondsFrom(after, Numbers(0).LastOrDefault(i => Came(i, from), -1));

    /// <summary>When the first one that arrived was sent, among those after a time, in milliseconds; NaN when none did.</summary>
    public double FirstPassed(long after) => MillisecondsFrom(after, Numbers(after).FirstOrDefault(i => _arrivedFrom[i] is not null, -1));

    /// <summary>When the last one that did not arrive was sent, in milliseconds after a time; NaN when all arrived.</summary>
    public double LastLost(long after) => MillisecondsFrom(after, Numbers(after).LastOrDefault(i => _arrivedFrom[i] is null, -1));

    public void Dispose()
    {
        _stop = true;
        _sending.Join();
        _receiving.Join();
        _sink.Dispose();
        _source.Dispose();
    }

    private static Socket Open(string networkNamespace, AddressFamily family, int port) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket socket = new(family, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20, ReceiveTimeout = 100 };
        socket.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, port));
        return socket;
    });

    private bool Came(int number, IpAddress? from) => _arrivedFrom[number] is { } address && (from is null || IpAddress.From(address) == from);

    private IEnumerable<int> Numbers(long after) => Enumerable.Range(0, Sent).Where(i => _sentAt[i] > after);

    private double MillisecondsFrom(long time, int number) => number < 0 ? double.NaN : Stopwatch.GetElapsedTime(time, _sentAt[number]).TotalMilliseconds;

    private void WaitFor(Func<int> counter, int more, string what)
    {
        int before = counter();
        long start = Stopwatch.GetTimestamp();
        while (counter() < before + more)
        {
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(s_patience, $"waited for {more} datagrams to {what}; {counter() - before} did");
            Thread.Sleep(1);
        }
    }

    private void Send()
    {
        byte[] datagram = new byte[64];
        while (!_stop && _sent < Most)
        {
            BinaryPrimitives.WriteInt32LittleEndian(datagram, _sent);
            _sentAt[_sent] = Stopwatch.GetTimestamp();
            try
            {
                _source.SendTo(datagram, _to);
            }
            catch (SocketException)
            {
                // An ICMP error for an earlier one, or no way just now: this one is lost.
            }

            Volatile.Write(ref _sent, _sent + 1);
            Thread.Sleep(1);
        }
    }

    private void Receive()
    {
        byte[] datagram = new byte[2048];
        EndPoint from = new IPEndPoint(_sink.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!_stop)
        {
            try
            {
                if (_sink.ReceiveFrom(datagram, ref from) >= sizeof(int))
                {
                    _arrivedFrom[BinaryPrimitives.ReadInt32LittleEndian(datagram)] = ((IPEndPoint)from).Address;
                    Volatile.Write(ref _arrived, _arrived + 1);
                }
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut)
            {
                // Time to see whether that was all.
            }
        }
    }
}
