using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Bench.React;

/// <summary>A UDP sender in a namespace, one flow at about two packets a millisecond until it is disposed.</summary>
internal sealed class DatagramStream : IDisposable
{
    private const int Microseconds = 500;

    private readonly Thread _thread;
    private volatile bool _stopping;

    public DatagramStream(string networkNamespace, IpAddress destination, int port)
    {
        Socket socket = NetworkNamespace.Open(networkNamespace).Run(() =>
        {
            Socket made = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
            made.Connect(new IPEndPoint(destination.ToIPAddress(), port));
            return made;
        });
        _thread = new Thread(() => Send(socket)) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private void Send(Socket socket)
    {
        using (socket)
        {
            byte[] payload = new byte[22];
            while (!_stopping)
            {
                try
                {
                    socket.Send(payload);

                    // Waits by poll(2), which sleeps finer than Thread.Sleep does; nothing is ever to be read.
                    socket.Poll(Microseconds, SelectMode.SelectRead);
                }
                catch (SocketException)
                {
                    // Refused or unreachable for the moment, which is what is being measured.
                    Thread.Sleep(1);
                }
            }
        }
    }
}

/// <summary>A UDP receiver in a namespace that notes when packets come.</summary>
internal sealed class DatagramWatch : IDisposable
{
    private readonly Socket _socket;
    private readonly Thread _thread;
    private long _count;
    private long _first;
    private long _last;
    private long _longest;

    public DatagramWatch(string networkNamespace, int port)
    {
        _socket = NetworkNamespace.Open(networkNamespace).Run(() =>
        {
            Socket made = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 500 };
            made.Bind(new IPEndPoint(IPAddress.Any, port));
            return made;
        });
        _thread = new Thread(Receive) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Stopwatch ticks of the last packet.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Stopwatch ticks of the first packet since <see cref="Arm"/>, or 0.</summary>
    public long First => Volatile.Read(ref _first);

    public long Count => Volatile.Read(ref _count);

    /// <summary>Between two packets since <see cref="Arm"/>, the one that lasts included, in milliseconds.</summary>
    public double LongestPause =>
        Math.Max(Volatile.Read(ref _longest), First == 0 ? 0 : Stopwatch.GetTimestamp() - Last) * 1000.0 / Stopwatch.Frequency;

    /// <summary>From now on the next packet is the first.</summary>
    public void Arm()
    {
        Volatile.Write(ref _first, 0);
        Volatile.Write(ref _longest, 0);
    }

    /// <summary>Waits until nothing has come for a while; only then is it known which packet was the last.</summary>
    public void WaitSilent(int milliseconds = 100)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(Math.Max(start, Last)).TotalMilliseconds < milliseconds)
        {
            Thread.Sleep(5);
        }
    }

    public bool WaitFirst(int milliseconds = 5000)
    {
        long start = Stopwatch.GetTimestamp();
        while (First == 0 && Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds)
        {
            Thread.Sleep(1);
        }

        return First != 0;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
    }

    private void Receive()
    {
        byte[] buffer = new byte[2048];
        while (true)
        {
            try
            {
                _socket.Receive(buffer);
                long now = Stopwatch.GetTimestamp();
                if (First != 0)
                {
                    Volatile.Write(ref _longest, Math.Max(_longest, now - _last));
                }

                Volatile.Write(ref _last, now);
                Interlocked.CompareExchange(ref _first, now, 0);
                Volatile.Write(ref _count, _count + 1);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // Silence; the socket's end is an exception of another kind.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
