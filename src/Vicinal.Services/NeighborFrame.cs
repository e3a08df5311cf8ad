using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>The neighbour discovery messages that a node sends of its own accord. They go out untagged.</summary>
public static class NeighborFrame
{
    public static IpAddress AllNodes => new(0xFF02_0000_0000_0000, 1);

    public static IpAddress AllRouters => new(0xFF02_0000_0000_0000, 2);

    /// <summary>
    /// Asks for the MAC of an address (RFC 4861 section 7.2.2); with <paramref name="lastKnown"/> only that host, to see whether it
    /// is still there (section 7.3.3).
    /// </summary>
    public static void WriteSolicitation(PacketBuffer target, MacAddress sender, IpAddress source, IpAddress wanted, MacAddress? lastKnown = null)
    {
        IpAddress destination = lastKnown is null ? wanted.SolicitedNodeMulticast() : wanted;
        FrameEnds ends = new(sender, lastKnown ?? MacAddress.ForIpv6Multicast(destination), source, destination);
        NeighborSolicitation message = new(wanted, sender);
        Span<byte> frame = Prepare(target, message.Size);
        message.Write(frame[NeighborMessage.MessageOffset..]);
        NeighborMessage.Seal(frame, in ends);
    }

    /// <summary>The probe of duplicate address detection (RFC 4862 section 5.4.2): from nobody, without a MAC to learn.</summary>
    public static void WriteProbe(PacketBuffer target, MacAddress sender, IpAddress wanted)
    {
        IpAddress group = wanted.SolicitedNodeMulticast();
        NeighborSolicitation message = new(wanted, null);
        Span<byte> frame = Prepare(target, message.Size);
        message.Write(frame[NeighborMessage.MessageOffset..]);
        NeighborMessage.Seal(frame, new FrameEnds(sender, MacAddress.ForIpv6Multicast(group), IpAddress.Ipv6Any, group));
    }

    /// <summary>Tells the segment that an address is here now (RFC 4861 section 7.2.6): unsolicited, with override.</summary>
    public static void WriteAnnouncement(PacketBuffer target, MacAddress mac, IpAddress address, bool router) =>
        WriteAdvertisement(
            target,
            new FrameEnds(mac, MacAddress.ForIpv6Multicast(AllNodes), address, AllNodes),
            new NeighborAdvertisement(address, router, false, true, mac));

    internal static void WriteAdvertisement(PacketBuffer target, in FrameEnds ends, NeighborAdvertisement message)
    {
        Span<byte> frame = Prepare(target, message.Size);
        message.Write(frame[NeighborMessage.MessageOffset..]);
        NeighborMessage.Seal(frame, in ends);
    }

    internal static Span<byte> Prepare(PacketBuffer target, int messageSize)
    {
        target.Reset(NeighborMessage.MessageOffset + messageSize);
        return target.Span;
    }
}
