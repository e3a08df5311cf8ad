using Vicinal.Packets;

namespace Vicinal.Lab.Captures;

/// <summary>A frame as it was seen on an interface.</summary>
/// <param name="Place">The member of the lab: a node, an instance, the internet.</param>
/// <param name="Interface">tap..., eth0 (underlay) or eth1 (external).</param>
/// <param name="Outgoing">The interface sent it; else it received it.</param>
public sealed record CapturedFrame(string Place, string Interface, bool Outgoing, byte[] Bytes)
{
    /// <summary>The frame's headers, or null when it does not parse.</summary>
    public PacketHeaders? Headers => PacketHeaders.Parse(Bytes, out PacketHeaders headers) == ParseResult.Ok ? headers : null;

    /// <summary>Nodes tell each other who serves which gateway, and never stop: BFD on one hop and several, leases, connections for standbys.</summary>
    public bool IsGatewayTalk => Headers is { Protocol: IpProtocol.Udp, DestinationPort: 3784 or 4784 or 6083 or 6084 };

    /// <summary>What a tunnel packet carries, or null when the frame is none.</summary>
    public TunnelledFrame? Inner => TunnelledFrame.TryRead(this);
}
