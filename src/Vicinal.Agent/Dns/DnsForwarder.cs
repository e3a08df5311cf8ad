using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Vicinal.Packets;

namespace Vicinal.Agent.Dns;

/// <summary>
/// Hands questions on to the node's own name servers, one after the other until one answers. Each question has a socket and an id of its own, so that
/// nobody can guess where an answer is awaited (RFC 5452), and only an answer to the very question is taken. Any thread.
/// </summary>
internal sealed class DnsForwarder(IReadOnlyList<IPEndPoint> servers)
{
    /// <summary>For one server, in milliseconds; an instance asks again after five seconds.</summary>
    private const int Patience = 2000;

    private const int Tries = 2;

    /// <returns>Null: nobody answered.</returns>
    public async Task<byte[]?> AskAsync(DnsQuery query, ReadOnlyMemory<byte> message, bool byTcp, CancellationToken cancellation)
    {
        byte[] question = message.ToArray();
        for (int i = 0; i < Math.Min(Tries, Math.Max(servers.Count, 1)) && servers.Count > 0; i++)
        {
            Prepare(question, in query);
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(Patience);
            try
            {
                byte[] answer = byTcp
                    ? await AskTcpAsync(servers[i], question, query, patience.Token)
                    : await AskUdpAsync(servers[i], question, query, patience.Token);
                BinaryPrimitives.WriteUInt16BigEndian(answer, query.Id);
                return answer;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Its machine says that nobody is there: the next one.
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // It does not answer: the next one.
            }
        }

        return null;
    }

    /// <summary>An id of our own, and no larger answer by UDP than reaches an instance whole.</summary>
    private static void Prepare(byte[] question, in DnsQuery query)
    {
        RandomNumberGenerator.Fill(question.AsSpan(0, 2));
        if (query.HasEdns)
        {
            BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(query.EdnsOffset), (ushort)query.UdpLimit);
        }
    }

    private static async Task<byte[]> AskUdpAsync(IPEndPoint server, byte[] question, DnsQuery query, CancellationToken cancellation)
    {
        using Socket socket = new(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(question, cancellation);
        byte[] answer = new byte[DnsMessage.LargestUdpSize];
        while (true)
        {
            int length = await socket.ReceiveAsync(answer, cancellation);
            if (Answers(answer.AsSpan(0, length), question, in query))
            {
                return answer[..length];
            }
        }
    }

    private static async Task<byte[]> AskTcpAsync(IPEndPoint server, byte[] question, DnsQuery query, CancellationToken cancellation)
    {
        using Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellation);
        await using NetworkStream stream = new(socket);
        await DnsStream.WriteAsync(stream, question, cancellation);
        byte[]? answer = await DnsStream.ReadAsync(stream, cancellation);
        return answer is not null && Answers(answer, question, in query) ? answer : throw new IOException("the name server answered something else");
    }

    /// <summary>Id and question are the ones that were sent, the question to the octet: a server repeats also the case of its letters.</summary>
    private static bool Answers(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> question, in DnsQuery query) =>
        DnsQuery.TryRead(answer, out DnsQuery echo) && echo.IsResponse && echo.QuestionEnd == query.QuestionEnd
        && answer[..2].SequenceEqual(question[..2])
        && answer[DnsMessage.HeaderSize..echo.QuestionEnd].SequenceEqual(question[DnsMessage.HeaderSize..query.QuestionEnd]);
}
