using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// Whether the packet fits the network that it is about to enter, asked on the source node, so that its sender hears of it. Of a
/// super-packet the segments count that it will be cut into.
/// </summary>
internal static class MtuStage
{
    public static bool Passes<TSink>(Walk w, int mtu, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (mtu <= 0 || !w.H.IsIp)
        {
            return true;
        }

        w.Mtu = w.Mtu == 0 ? mtu : Math.Min(w.Mtu, mtu);
        int length = w.Source.LargestFragment > 0 ? w.Source.LargestFragment : FlowAction.SegmentLength(in w.In, in w.Packet.Offload);
        if (length <= mtu)
        {
            return true;
        }

        if (w.H.IsIpv4 && !w.H.DontFragment && !w.Source.DontFragment && w.Packet.Offload.Gso == GsoType.None)
        {
            w.Fragment = true;
            w.Cacheable = false;
            Stage.Mtu.Say(w.Segment?.Row?.Origin ?? default, $"{length} bytes over MTU {mtu}: cut into fragments", ref sink);

            return true;
        }

        w.Drop(DropReason.TooBig);
        Stage.Mtu.Say(w.Segment?.Row?.Origin ?? default, $"{length} bytes over MTU {mtu}, and it must not be fragmented", ref sink);

        IcmpAnswer.Error(w, IcmpErrorKind.PacketTooBig, mtu, ref sink);
        return false;
    }
}
