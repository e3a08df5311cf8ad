using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Bench.Failover;

/// <summary>TCP connections to an echo server, opened in a namespace and kept; those that end are counted, and others opened in their place.</summary>
internal sealed class KeptConnections : IDisposable
{
    /// <summary>TCP repeats what was lost after 200, 400, 800 ms and so on.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Func<Socket> _open;
    private readonly Socket[] _sockets;
    private readonly byte[] _buffer = new byte[64];
    private byte _round;

    public KeptConnections(string networkNamespace, IpAddress server, int port, int count)
    {
        IPEndPoint to = new(server.ToIPAddress(), port);
        _open = () => NetworkNamespace.Open(networkNamespace).Run(() =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(to);
            return socket;
        });
        _sockets = [.. Enumerable.Range(0, count).Select(_ => _open())];
    }

    public long Asked { get; private set; }

    public long Survived { get; private set; }

    /// <summary>Whether each connection still carries an octet there and back; counts, and opens anew what does not.</summary>
    public void Ask()
    {
        _round++;
        HashSet<int> waiting = [];
        for (int i = 0; i < _sockets.Length; i++)
        {
            if (TrySend(_sockets[i]))
            {
                waiting.Add(i);
            }
        }

        HashSet<int> answered = [];
        long start = Stopwatch.GetTimestamp();
        while (waiting.Count > 0 && Stopwatch.GetElapsedTime(start) < s_patience)
        {
            foreach (int i in waiting.Where(i => _sockets[i].Poll(0, SelectMode.SelectRead)).ToList())
            {
                waiting.Remove(i);
                if (HasAnswer(_sockets[i]))
                {
                    answered.Add(i);
                }
            }

            Thread.Sleep(1);
        }

        Asked += _sockets.Length;
        Survived += answered.Count;
        for (int i = 0; i < _sockets.Length; i++)
        {
            if (!answered.Contains(i))
            {
                _sockets[i].Dispose();
                _sockets[i] = _open();
            }
        }
    }

    public void Dispose() => Array.ForEach(_sockets, socket => socket.Dispose());

    private bool TrySend(Socket socket)
    {
        try
        {
            return socket.Send([_round]) == 1;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private bool HasAnswer(Socket socket)
    {
        try
        {
            int length = socket.Receive(_buffer);
            return length == 1 && _buffer[0] == _round;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
