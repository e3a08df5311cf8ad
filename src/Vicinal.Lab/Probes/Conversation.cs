using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Lab.Probes;

/// <summary>One TCP connection to an echo server, opened inside a namespace and kept while the cloud changes around it.</summary>
public sealed class Conversation : IDisposable
{
    private readonly Socket _socket;

    private Conversation(Socket socket) => _socket = socket;

    public static Conversation Open(string networkNamespace, IpAddress server, int port) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 5000, SendTimeout = 5000 };
        Task connecting = socket.ConnectAsync(new IPEndPoint(server.ToIPAddress(), port));
        return connecting.Wait(TimeSpan.FromSeconds(5))
            ? new Conversation(socket)
            : throw new LabException($"no TCP connection to {server} port {port} within 5 s");
    });

    /// <summary>
    /// Whether something said now comes back within the time. What was lost is repeated by TCP after 200 ms and then ever more seldom,
    /// so half a second tells a cut from a hiccup only after the cut is in force.
    /// </summary>
    public bool Echoes(int timeoutMilliseconds = 5000)
    {
        byte[] said = RandomNumberGenerator.GetBytes(8);
        try
        {
            _socket.Send(said);
        }
        catch (SocketException)
        {
            return false;
        }

        return Read(said.Length, timeoutMilliseconds) is { } heard && heard.AsSpan().SequenceEqual(said);
    }

    /// <summary>Reads what an earlier attempt said and did not hear back in its time.</summary>
    public bool Drain(int bytes, int timeoutMilliseconds = 5000) => Read(bytes, timeoutMilliseconds) is not null;

    /// <summary>Sends many bytes while it reads what comes back; true when both are the same.</summary>
    public bool EchoesAll(int bytes)
    {
        byte[] said = RandomNumberGenerator.GetBytes(bytes);
        Task sending = Task.Run(() => _socket.Send(said));
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 16];
        _socket.ReceiveTimeout = 20_000;
        for (int have = 0; have < bytes;)
        {
            int read = _socket.Receive(buffer);
            if (read == 0)
            {
                return false;
            }

            hash.AppendData(buffer, 0, read);
            have += read;
        }

        sending.Wait();
        return hash.GetHashAndReset().AsSpan().SequenceEqual(SHA256.HashData(said));
    }

    private byte[]? Read(int bytes, int timeoutMilliseconds)
    {
        byte[] heard = new byte[bytes];
        try
        {
            _socket.ReceiveTimeout = timeoutMilliseconds;
            for (int have = 0; have < bytes;)
            {
                int read = _socket.Receive(heard, have, bytes - have, SocketFlags.None);
                if (read == 0)
                {
                    return null;
                }

                have += read;
            }
        }
        catch (SocketException)
        {
            return null;
        }

        return heard;
    }

    public void Dispose() => _socket.Dispose();
}
