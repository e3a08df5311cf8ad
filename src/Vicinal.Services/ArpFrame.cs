using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>The ARP messages that a node sends of its own accord. They go out untagged; whoever sends them knows the VLAN.</summary>
public static class ArpFrame
{
    /// <summary>
    /// Asks who has an address; with <paramref name="lastKnown"/> only that host, to see whether it is still there (RFC 1122 section
    /// 2.3.2.1, unicast poll).
    /// </summary>
    public static void WriteRequest(PacketBuffer target, MacAddress sender, IpAddress senderAddress, IpAddress wanted, MacAddress? lastKnown = null) =>
        Write(target, lastKnown ?? MacAddress.Broadcast, sender, new ArpMessage(ArpMessage.Request, sender, senderAddress, MacAddress.Zero, wanted));

    /// <summary>Asks whether an address is free, without teaching anybody anything (RFC 5227 section 2.1).</summary>
    public static void WriteProbe(PacketBuffer target, MacAddress sender, IpAddress wanted) =>
        WriteRequest(target, sender, IpAddress.Ipv4Any, wanted);

    /// <summary>
    /// Tells the segment that an address is here now: gratuitous ARP in the form of RFC 5227 section 2.3, a request for one's own
    /// address. Some switches and hosts heed only the other form, a reply, so that an announcement does well to send both.
    /// </summary>
    public static void WriteAnnouncement(PacketBuffer target, MacAddress mac, IpAddress address, bool asReply = false)
    {
        ArpMessage message = asReply
            ? new ArpMessage(ArpMessage.Reply, mac, address, mac, address)
            : new ArpMessage(ArpMessage.Request, mac, address, MacAddress.Zero, address);
        Write(target, MacAddress.Broadcast, mac, message);
    }

    internal static void Write(PacketBuffer target, MacAddress destination, MacAddress source, ArpMessage message)
    {
        target.Reset(EthernetHeader.Size + ArpMessage.Size);
        Span<byte> frame = target.Span;
        message.Write(frame[EthernetHeader.Size..]);
        new EthernetHeader(destination, source, EtherType.Arp).Write(frame);
    }
}
