using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath;

/// <content>Who asks the node's own sockets.</content>
public sealed partial class Node
{
    /// <summary>Who is behind an address that a socket sees as its peer's; null when nobody is any more.</summary>
    public ServicePeer? FindServicePeer(IpAddress address) =>
        ServiceClientAddress.TryRead(address, out uint number, out int place)
        && _state.Ports.Numbers.TryFind(number, out LocalPort? port) && port.Clients.TryGet(place, out ServiceClient client) && port.Segment is { } segment
            ? new ServicePeer(port.Id, segment.NetworkId, client.Address)
            : null;

    /// <summary>False, and counted, for one connection or question more than the port may have.</summary>
    private bool TryServe(Walk walk)
    {
        LocalPort port = walk.InPort!;
        bool begins = walk.In.Protocol == IpProtocol.Udp || (walk.In.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
        if (begins && !_budgets.TryServe(port, walk.Now))
        {
            CountDrop(walk, Forwarding.DropReason.RateLimited);
            return false;
        }

        port.Clients.Note(walk.ServicePlace, walk.In.Source, walk.In.SourceMac, walk.Now);
        return true;
    }
}
