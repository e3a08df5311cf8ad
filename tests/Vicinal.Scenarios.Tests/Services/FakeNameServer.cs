using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Scenarios.Tests.Services;

/// <summary>
/// A name server on a node's loopback. Whatever is asked has the address 198.51.100.53; names that begin with "big" have sixty more, which UDP does
/// not carry.
/// </summary>
public sealed class FakeNameServer : IDisposable
{
    public const string Address = "198.51.100.53";
    public const int BigCount = 60;

    private readonly Socket _udp;
    private readonly Socket _tcp;
    private int _asked;

    private FakeNameServer(Socket udp, Socket tcp)
    {
        _udp = udp;
        _tcp = tcp;
        new Thread(ServeUdp) { IsBackground = true, Name = "names-udp" }.Start();
        new Thread(ServeTcp) { IsBackground = true, Name = "names-tcp" }.Start();
    }

    public int Asked => Volatile.Read(ref _asked);

    public static FakeNameServer Start(string networkNamespace, int port) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
        Socket tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        tcp.Bind(new IPEndPoint(IPAddress.Loopback, port));
        tcp.Listen();
        return new FakeNameServer(udp, tcp);
    });

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private void ServeUdp()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                int length = _udp.ReceiveFrom(buffer, ref from);
                _udp.SendTo(Answer(buffer.AsSpan(0, length), byTcp: false), from);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private void ServeTcp()
    {
        try
        {
            while (true)
            {
                using NetworkStream stream = new(_tcp.Accept(), ownsSocket: true);
                byte[] prefix = new byte[2];
                stream.ReadExactly(prefix);
                byte[] question = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
                stream.ReadExactly(question);
                byte[] answer = Answer(question, byTcp: true);
                BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)answer.Length);
                stream.Write([.. prefix, .. answer]);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> question, bool byTcp)
    {
        Interlocked.Increment(ref _asked);
        int end = 12;
        while (question[end] != 0)
        {
            end += question[end] + 1;
        }

        end += 5;
        bool big = question[13..16].SequenceEqual("big"u8);
        int count = !big ? 1 : byTcp ? BigCount + 1 : 0;
        byte[] answer = new byte[end + (16 * count)];
        question[..end].CopyTo(answer);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), (ushort)(big && !byTcp ? 0x8380 : 0x8180));
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(6), (uint)count << 16);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(10), 0);
        for (int i = 0; i < count; i++)
        {
            byte[] record = [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 198, 51, 100, (byte)(53 + i)];
            record.CopyTo(answer, end + (16 * i));
        }

        return answer;
    }
}
