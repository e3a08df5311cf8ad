using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>The header between UDP or IP and an inner frame, in each encapsulation.</summary>
internal static class TunnelHeader
{
    /// <summary>Takes the header off; the offload offsets move along. False for what carries no Ethernet frame of a network.</summary>
    public static bool TryPull(PacketBuffer packet, Encapsulation encapsulation, out uint vni)
    {
        vni = 0;
        int size;
        switch (encapsulation)
        {
            case Encapsulation.Geneve:
                if (!GeneveHeader.TryRead(packet.Span, out GeneveHeader geneve, out size)
                    || geneve.ProtocolType != EtherType.TransparentBridging || geneve.IsControl)
                {
                    return false;
                }

                vni = geneve.Vni;
                break;
            case Encapsulation.Vxlan:
                if (!VxlanHeader.TryRead(packet.Span, out VxlanHeader vxlan))
                {
                    return false;
                }

                vni = vxlan.Vni;
                size = VxlanHeader.Size;
                break;
            case Encapsulation.Gre:
                if (!GreHeader.TryRead(packet.Span, out GreHeader gre, out size) || gre.ProtocolType != EtherType.TransparentBridging)
                {
                    return false;
                }

                vni = gre.Key;
                break;
            default:
                return false;
        }

        packet.Pull(size);
        packet.Offload.ChecksumStart = (ushort)Math.Max(0, packet.Offload.ChecksumStart - size);
        packet.Offload.HeaderLength = (ushort)Math.Max(0, packet.Offload.HeaderLength - size);
        return true;
    }
}
