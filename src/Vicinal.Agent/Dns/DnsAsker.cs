using System.Net;
using Vicinal.Agent.Services;
using Vicinal.Packets;

namespace Vicinal.Agent.Dns;

/// <summary>The port that a question came from, and what the node itself knows to say to it.</summary>
/// <param name="Answer">Null: the name is none of the port's network.</param>
internal sealed record DnsAsker(Guid PortId, byte[]? Answer)
{
    /// <summary>Asks the data path, which has the names. Any thread.</summary>
    /// <returns>Null: nobody that this node has a port for.</returns>
    public static Task<DnsAsker?> FindAsync(DataPath dataPath, EndPoint remote, DnsQuery query, ReadOnlyMemory<byte> message, int limit)
    {
        if (ServicePeers.AddressOf(remote) is not { } address)
        {
            return Task.FromResult<DnsAsker?>(null);
        }

        return dataPath.Ask(() => dataPath.Node.FindServicePeer(address) is { } peer
            ? new DnsAsker(peer.PortId, dataPath.Node.AnswerName(peer.NetworkId, in query, message.Span, limit))
            : null);
    }
}
