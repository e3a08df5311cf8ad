using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Datapath.Flows;

/// <summary>The smallest sound packet that a flow key stands for: of TCP an acknowledgment, since flows hold no other turn of a connection.</summary>
internal static class FlowProbe
{
    /// <summary>Of an Ethernet frame, without its check sequence.</summary>
    private const int ShortestFrame = 60;

    /// <summary>Enough for the fixed header of each transport that has ports.</summary>
    private const int OtherTransport = 16;

    /// <summary>False for a key that no packet has.</summary>
    public static bool TryBuild(in FlowKey key, out byte[] frame, out PacketHeaders headers)
    {
        frame = Build(in key);
        if ((key.Vlan & FlowKey.VlanPresent) != 0)
        {
            frame = PacketBuilder.Tagged(frame, new VlanTag(0, false, (ushort)(key.Vlan & 0xFFF)));
        }

        return PacketHeaders.Parse(frame, out headers) == ParseResult.Ok
            && FlowKey.TryFrom(in headers, key.Input, out FlowKey made) && made.Matches(in key);
    }

    private static byte[] Build(in FlowKey key)
    {
        FrameEnds ends = new(key.SourceMac.Value, key.DestinationMac.Value, key.Source, key.Destination);
        if (key.EtherType is not (EtherType.Ipv4 or EtherType.Ipv6) || key.Source.IsIpv4 != key.Destination.IsIpv4)
        {
            byte[] frame = new byte[ShortestFrame];
            new EthernetHeader(ends.DestinationMac, ends.SourceMac, key.EtherType).Write(frame);
            return frame;
        }

        if (key.Protocol == (key.Source.IsIpv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6))
        {
            IcmpHeader query = new((byte)(key.DestinationPort >> 8), (byte)key.DestinationPort, 0, (uint)key.SourcePort << 16);
            return PacketBuilder.Icmp(in ends, query, []);
        }

        return key.Protocol switch
        {
            IpProtocol.Tcp => PacketBuilder.Tcp(in ends, key.SourcePort, key.DestinationPort, TcpFlags.Ack),
            IpProtocol.Udp => PacketBuilder.Udp(in ends, key.SourcePort, key.DestinationPort, []),
            _ => Other(in ends, in key),
        };
    }

    private static byte[] Other(in FrameEnds ends, in FlowKey key)
    {
        byte[] frame = PacketBuilder.Ip(in ends, key.Protocol, OtherTransport, PacketBuilder.DefaultTtl, out int l4);
        if (IpProtocol.HasPorts(key.Protocol))
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(l4), key.SourcePort);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(l4 + 2), key.DestinationPort);
        }

        return frame;
    }
}
