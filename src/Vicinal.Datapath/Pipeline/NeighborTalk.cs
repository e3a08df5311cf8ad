using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>Tells ARP and neighbour discovery from all else at a glance, before anything is parsed.</summary>
internal static class NeighborTalk
{
    public static bool Is(ReadOnlySpan<byte> frame)
    {
        int l3 = VlanTag.TryRead(frame, out _) ? EthernetHeader.Size + VlanTag.Size : EthernetHeader.Size;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[(l3 - 2)..]);
        if (type == EtherType.Arp)
        {
            return true;
        }

        int icmp = l3 + Ipv6Header.Size;
        return type == EtherType.Ipv6 && frame.Length > icmp && frame[l3 + 6] == IpProtocol.Icmpv6
            && Icmpv6Type.IsNeighborDiscovery(frame[icmp]);
    }
}
