using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
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

    /// <summary>Null: no port of this node, or one that is no instance's.</summary>
    public InstanceView? FindInstance(Guid portId)
    {
        if (!_state.Ports.TryById(portId, out LocalPort? port) || port.Instance is not { DeviceId.Length: > 0 } instance)
        {
            return null;
        }

        List<InstancePort> ports = [.. _state.Ports.All
            .Where(other => other.Instance is { } row && row.DeviceId == instance.DeviceId && row.ProjectId == instance.ProjectId)
            .Select(PortOf).OfType<InstancePort>().OrderBy(other => other.Port.PortId)];
        return new InstanceView(instance, ports);
    }

    /// <summary>The answer to a question for an internal name of the network; null when the name is none.</summary>
    /// <param name="limit">In octets.</param>
    public byte[]? AnswerName(Guid networkId, in DnsQuery query, ReadOnlySpan<byte> message, int limit)
    {
        if (!_state.Segments.TryByNetwork(networkId, out Segment? segment) || !NameStage.TryFind(segment, in query, out IReadOnlyList<NameRow> rows))
        {
            return null;
        }

        byte[] answer = new byte[limit];
        return answer[..NameAnswer.Write(in query, message, rows, answer)];
    }

    private static InstancePort? PortOf(LocalPort port) => port is { Row: { } row, Instance: { } instance, Segment: { Row: { } network } segment }
        ? new InstancePort(row, instance, network, [.. segment.Subnets.Values.Where(subnet => instance.Addresses.Any(address => address.SubnetId == subnet.SubnetId))])
        : null;

    /// <summary>False, and counted, for one connection or question more than the port may have.</summary>
    private bool TryServe(Walk walk)
    {
        LocalPort port = walk.InPort!;
        bool begins = walk.In.Protocol == IpProtocol.Udp || (walk.In.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
        if (begins && !_budgets.TryServe(port, walk.Now))
        {
            CountDrop(walk, DropReason.RateLimited);
            return false;
        }

        port.Clients.Note(walk.ServicePlace, walk.In.Source, walk.In.SourceMac, walk.Now);
        return true;
    }
}
