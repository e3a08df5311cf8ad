using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Lab.Captures;

/// <summary>The inner frame of a tunnel packet, the key it travelled under, and how: geneve, vxlan or gre.</summary>
public sealed record TunnelledFrame(string NetworkType, uint Vni, byte[] Bytes)
{
    public PacketHeaders? Headers => PacketHeaders.Parse(Bytes, out PacketHeaders headers) == ParseResult.Ok ? headers : null;

    public static TunnelledFrame? TryRead(CapturedFrame frame)
    {
        if (frame.Headers is not { } outer)
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = frame.Bytes;
        switch (outer.Protocol)
        {
            case IpProtocol.Udp when outer.DestinationPort == GeneveHeader.UdpPort
                && GeneveHeader.TryRead(bytes[outer.PayloadOffset..], out GeneveHeader geneve, out int size):
                return Of(NetworkTypes.Geneve, geneve.Vni, bytes[(outer.PayloadOffset + size)..]);
            case IpProtocol.Udp when outer.DestinationPort == VxlanHeader.UdpPort && VxlanHeader.TryRead(bytes[outer.PayloadOffset..], out VxlanHeader vxlan):
                return Of(NetworkTypes.Vxlan, vxlan.Vni, bytes[(outer.PayloadOffset + VxlanHeader.Size)..]);
            case IpProtocol.Gre when GreHeader.TryRead(bytes[outer.L4Offset..], out GreHeader gre, out int size) && gre.ProtocolType == EtherType.TransparentBridging:
                return Of(NetworkTypes.Gre, gre.Key, bytes[(outer.L4Offset + size)..]);
            default:
                return null;
        }
    }

    private static TunnelledFrame? Of(string type, uint vni, ReadOnlySpan<byte> inner) => inner.IsEmpty ? null : new TunnelledFrame(type, vni, inner.ToArray());
}
