using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>Congestion that the underlay marked on the outer header (RFC 6040 section 4.2).</summary>
internal static class Congestion
{
    private const byte Experienced = 3;

    /// <summary>Carries the mark over to the inner header. False where that cannot bear one: the packet is to be dropped instead.</summary>
    public static bool TryMark(Span<byte> frame, ref PacketHeaders h)
    {
        if (!h.IsIp || (h.TrafficClass & 3) == Experienced)
        {
            return true;
        }

        if ((h.TrafficClass & 3) == 0)
        {
            return false;
        }

        HeaderRewrite.SetTrafficClass(frame, ref h, (byte)(h.TrafficClass | Experienced));
        return true;
    }
}
