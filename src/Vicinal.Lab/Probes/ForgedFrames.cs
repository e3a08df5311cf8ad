using Vicinal.Packets;

namespace Vicinal.Lab.Probes;

/// <summary>Frames that an instance should never get past its own node.</summary>
public static class ForgedFrames
{
    private static readonly IpAddress s_allNodes = IpAddress.Parse("ff02::1");

    /// <summary>An ARP announcement that claims another's address.</summary>
    public static byte[] Arp(MacAddress source, MacAddress claimedMac, IpAddress claimed, IpAddress target) =>
        PacketBuilder.Arp(MacAddress.Broadcast, source, new ArpMessage(ArpMessage.Reply, claimedMac, claimed, MacAddress.Broadcast, target));

    /// <summary>An advertisement for another's address, sent from our own.</summary>
    public static byte[] NeighborAdvertisement(MacAddress source, IpAddress claimed, IpAddress own)
    {
        NeighborAdvertisement message = new(claimed, Router: false, Solicited: false, Override: true, source);
        byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
        message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
        NeighborMessage.Seal(frame, new FrameEnds(source, MacAddress.ForIpv6Multicast(s_allNodes), own, s_allNodes));
        return frame;
    }

    /// <summary>An instance that claims to be the router.</summary>
    public static byte[] RouterAdvertisement(MacAddress source)
    {
        RouterAdvertisement message = new() { CurrentHopLimit = 64, RouterLifetime = 1800 };
        byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
        message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
        NeighborMessage.Seal(frame, new FrameEnds(source, MacAddress.ForIpv6Multicast(s_allNodes), IpAddress.LinkLocalFor(source), s_allNodes));
        return frame;
    }
}
