using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>The endpoints of tunnelled segments by (network, port), kept in their segments' indexes.</summary>
internal sealed class EndpointTable(SegmentTable segments, NodeDirectory nodes, Generations generations)
{
    private readonly Dictionary<(Guid Network, Guid Port), Endpoint> _all = [];

    public int Count => _all.Count;

    public void Put(EndpointRow row)
    {
        Segment segment = segments.GetOrAdd(row.NetworkId);
        if (!_all.TryGetValue((row.NetworkId, row.PortId), out Endpoint? endpoint))
        {
            endpoint = new Endpoint(generations.Allocate());
            _all[(row.NetworkId, row.PortId)] = endpoint;
        }
        else if (endpoint.Row == row)
        {
            return;
        }
        else
        {
            Unindex(segment, endpoint);
        }

        endpoint.Row = row;
        endpoint.Node = row.Host is null ? null : nodes.ByHost(row.Host);
        generations.Bump(endpoint.Slot);
        Index(segment, endpoint);
    }

    public void Remove(Guid networkId, Guid portId)
    {
        if (_all.Remove((networkId, portId), out Endpoint? endpoint))
        {
            Segment segment = segments.GetOrAdd(networkId);
            Unindex(segment, endpoint);
            generations.Free(endpoint.Slot);
            segments.Release(segment);
        }
    }

    private void Index(Segment segment, Endpoint endpoint)
    {
        EndpointRow row = endpoint.Row;
        Bump(segment.EndpointsByMac.Add(row.Mac, endpoint, row.PortKey));
        for (int i = 0; i < row.Addresses.Count; i++)
        {
            Bump(segment.EndpointsByAddress.Add(row.Addresses[i], endpoint, RankOf(i, row)));
        }

        foreach (MacAddress mac in row.PairMacs)
        {
            segment.Share(mac).Endpoints.Add(endpoint);
        }

        if (endpoint.Node is { IsSelf: false } node)
        {
            segment.AddNode(node, row.AnyAddress);
        }
    }

    private void Unindex(Segment segment, Endpoint endpoint)
    {
        EndpointRow row = endpoint.Row;
        Bump(segment.EndpointsByMac.Remove(row.Mac, endpoint));
        foreach (IpAddress address in row.Addresses)
        {
            Bump(segment.EndpointsByAddress.Remove(address, endpoint));
        }

        foreach (MacAddress mac in row.PairMacs)
        {
            segment.Share(mac).Endpoints.Remove(endpoint);
            segment.ReleaseShared(mac);
        }

        if (endpoint.Node is { IsSelf: false } node)
        {
            segment.RemoveNode(node, row.AnyAddress);
        }
    }

    /// <summary>An address that is one port's first (a fixed IP) is that port's before it is another's by an allowed address pair.</summary>
    private static ulong RankOf(int position, EndpointRow row) => ((ulong)position << 32) | row.PortKey;

    /// <summary>What was decided with the former holder of a key is to be decided again.</summary>
    private void Bump(Endpoint? other)
    {
        if (other is not null)
        {
            generations.Bump(other.Slot);
        }
    }
}
