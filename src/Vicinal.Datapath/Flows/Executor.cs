using System.Buffers.Binary;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Flows;

/// <summary>
/// Replays a flow action on a packet. This is what an action means, byte for byte: kernel programs are tested against it. The caller has seen
/// that the key matches and that the action admits the packet; a tunnel header that it came with is off.
/// </summary>
public static class Executor
{
    private const int HeaderChecksum = 10;
    private const int Ipv4Ttl = 8;
    private const int Ipv6HopLimit = 7;

    /// <param name="h">The headers as parsed from this very packet; afterwards they speak of a packet that is no more.</param>
    public static void Execute(in FlowAction action, PacketBuffer packet, in PacketHeaders h)
    {
        Span<byte> frame = packet.Span;
        if (h.IsIp)
        {
            RewriteNetworkLayer(in action, frame, in h);
            RewriteTransport(in action, frame, in h, packet.Offload.NeedsChecksum);
        }

        RewriteLinkLayer(in action, frame);
        RewriteVlan(in action, packet);
        if (action.OutputKind == FlowOutputKind.Tunnel)
        {
            PushTunnel(in action, packet);
        }
    }

    private static void RewriteNetworkLayer(in FlowAction action, Span<byte> frame, in PacketHeaders h)
    {
        Span<byte> header = frame[h.L3Offset..h.L4Offset];
        if (h.IsIpv6)
        {
            header[Ipv6HopLimit] -= action.TtlDecrement;
            WriteIpv6(in action, header);
            return;
        }

        // TTL is the high byte of its checksum word; taking n off it is adding the complement of n * 256.
        ushort difference = Checksum.Add(action.HeaderDifference, (ushort)~(action.TtlDecrement << 8));
        header[Ipv4Ttl] -= action.TtlDecrement;
        Update(header[HeaderChecksum..], action.TtlDecrement == 0 ? action.HeaderDifference : difference);
        if ((action.Rewrites & Rewrite.Source) != 0)
        {
            action.Source.WriteIpv4(header[12..]);
        }

        if ((action.Rewrites & Rewrite.Destination) != 0)
        {
            action.Destination.WriteIpv4(header[16..]);
        }
    }

    private static void WriteIpv6(in FlowAction action, Span<byte> header)
    {
        if ((action.Rewrites & Rewrite.Source) != 0)
        {
            action.Source.WriteIpv6(header[8..]);
        }

        if ((action.Rewrites & Rewrite.Destination) != 0)
        {
            action.Destination.WriteIpv6(header[24..]);
        }
    }

    private static void RewriteTransport(in FlowAction action, Span<byte> frame, in PacketHeaders h, bool partial)
    {
        if ((action.Rewrites & (Rewrite.Addresses | Rewrite.Ports | Rewrite.IcmpId)) == 0)
        {
            return;
        }

        Span<byte> transport = frame[h.L4Offset..h.End];
        if ((action.Rewrites & Rewrite.SourcePort) != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport, action.SourcePort);
        }

        if ((action.Rewrites & Rewrite.DestinationPort) != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport[2..], action.DestinationPort);
        }

        if ((action.Rewrites & Rewrite.IcmpId) != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], action.SourcePort);
        }

        if (h.HasTransport)
        {
            UpdateTransportChecksum(in action, transport, h.Protocol, partial);
        }
    }

    private static void UpdateTransportChecksum(in FlowAction action, Span<byte> transport, byte protocol, bool partial)
    {
        int offset = protocol == IpProtocol.Icmp ? IcmpHeader.ChecksumOffset : IpProtocol.PseudoHeaderChecksumOffset(protocol);
        if (offset < 0)
        {
            return;
        }

        Span<byte> field = transport.Slice(offset, 2);
        ushort old = BinaryPrimitives.ReadUInt16BigEndian(field);
        ushort value = partial ? Checksum.ApplyPartial(old, action.PseudoHeaderDifference)
            : protocol == IpProtocol.Udp ? Checksum.ApplyUdp(old, action.TransportDifference)
            : Checksum.Apply(old, action.TransportDifference);
        BinaryPrimitives.WriteUInt16BigEndian(field, value);
    }

    private static void RewriteLinkLayer(in FlowAction action, Span<byte> frame)
    {
        if ((action.Rewrites & Rewrite.DestinationMac) != 0)
        {
            action.DestinationMac.Write(frame);
        }

        if ((action.Rewrites & Rewrite.SourceMac) != 0)
        {
            action.SourceMac.Write(frame[6..]);
        }
    }

    private static void RewriteVlan(in FlowAction action, PacketBuffer packet)
    {
        switch (action.Rewrites & (Rewrite.VlanPush | Rewrite.VlanPop | Rewrite.VlanSet))
        {
            case Rewrite.VlanPush:
                new VlanTag(action.VlanId).Push(packet);
                break;
            case Rewrite.VlanPop:
                _ = VlanTag.TryPop(packet, out _);
                break;
            case Rewrite.VlanSet:
                Span<byte> tci = packet.Span.Slice(EthernetHeader.Size, 2);
                BinaryPrimitives.WriteUInt16BigEndian(tci, (ushort)((BinaryPrimitives.ReadUInt16BigEndian(tci) & 0xF000) | action.VlanId));
                break;
            default:
                break;
        }
    }

    /// <summary>The header between UDP or IP and the inner frame; what is outside of it belongs to the device. Offload offsets move along.</summary>
    private static void PushTunnel(in FlowAction action, PacketBuffer packet)
    {
        int size;
        switch (action.Encapsulation)
        {
            case Encapsulation.Geneve:
                bool keys = (action.Rewrites & Rewrite.PortKeys) != 0;
                GeneveHeader geneve = new(
                    action.Vni, EtherType.TransparentBridging, false, keys, (ushort)(action.PortKeys >> 16), (ushort)action.PortKeys);
                size = geneve.Size;
                geneve.Write(packet.Push(size));
                break;
            case Encapsulation.Vxlan:
                size = VxlanHeader.Size;
                new VxlanHeader(action.Vni).Write(packet.Push(size));
                break;
            case Encapsulation.Gre:
                size = GreHeader.Size;
                new GreHeader(EtherType.TransparentBridging, action.Vni).Write(packet.Push(size));
                break;
            default:
                throw new InvalidOperationException("A tunnel without an encapsulation.");
        }

        if (packet.Offload.NeedsChecksum)
        {
            packet.Offload.ChecksumStart += (ushort)size;
        }

        if (packet.Offload.HeaderLength != 0)
        {
            packet.Offload.HeaderLength += (ushort)size;
        }
    }

    private static void Update(Span<byte> field, ushort difference) =>
        BinaryPrimitives.WriteUInt16BigEndian(field, Checksum.Apply(BinaryPrimitives.ReadUInt16BigEndian(field), difference));
}
