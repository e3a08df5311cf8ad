using System.Net;
using Vicinal.Agent.Services;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Agent.Dns;

/// <summary>
/// What becomes of one question: an internal name is answered from the rows, any other goes to the node's name servers, of each port so many at a time.
/// </summary>
/// <param name="find">Who asks, and what the node knows.</param>
internal sealed class DnsResolver(Func<EndPoint, DnsQuery, ReadOnlyMemory<byte>, int, Task<DnsAsker?>> find, DnsForwarder forwarder)
{
    private const int QuestionsPerPort = 32;
    private const int LargestByTcp = 16 * 1024;

    private readonly PortShares _shares = new(QuestionsPerPort);

    /// <returns>Null: nothing is to be said to this.</returns>
    public async Task<byte[]?> AnswerAsync(EndPoint remote, ReadOnlyMemory<byte> message, bool byTcp, CancellationToken cancellation)
    {
        if (!DnsQuery.TryRead(message.Span, out DnsQuery query) || query.IsResponse)
        {
            return null;
        }

        int limit = byTcp ? LargestByTcp : query.UdpLimit;
        if (await find(remote, query, message, limit) is not { } asker)
        {
            return null;
        }

        if (asker.Answer is not null)
        {
            return asker.Answer;
        }

        if (!query.IsStandard || query is { HasEdns: true, EdnsVersion: > 0 })
        {
            return Failure(in query, message.Span, query.IsStandard ? DnsMessage.CodeBadVersion : DnsMessage.CodeNotImplemented);
        }

        if (!_shares.TryTake(asker.PortId))
        {
            return Failure(in query, message.Span, DnsMessage.CodeRefused);
        }

        try
        {
            return await forwarder.AskAsync(query, message, byTcp, cancellation) ?? Failure(in query, message.Span, DnsMessage.CodeServerFailure);
        }
        finally
        {
            _shares.GiveBack(asker.PortId);
        }
    }

    private static byte[] Failure(in DnsQuery query, ReadOnlySpan<byte> message, ushort code)
    {
        byte[] answer = new byte[DnsMessage.SmallestUdpSize];
        return answer[..NameAnswer.WriteFailure(in query, message, code, answer)];
    }
}
