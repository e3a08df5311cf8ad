using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Devices;

/// <summary>
/// struct virtio_net_hdr in the host's byte order, as packet sockets and taps speak it: what a frame's sender left to be done
/// (checksums, cutting) travels with the frame instead of being done for every copy of it.
/// </summary>
internal static class VirtioHeader
{
    public const int Size = 10;

    private const byte NeedsChecksum = 1;
    private const byte DataValid = 2;

    /// <summary>
    /// VIRTIO_NET_HDR_GSO_ECN: the first segment alone keeps CWR (RFC 3168 section 6.1.2). It is left out of <see cref="Offload"/> and found again
    /// in the TCP header, so that rewriting a frame cannot lose it.
    /// </summary>
    private const byte GsoEcn = 0x80;

    /// <summary>False for an offload that is unknown here: such a frame cannot be forwarded.</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, int frameLength, out Offload offload)
    {
        offload = default;
        byte gso = (byte)(header[1] & ~GsoEcn);
        if (gso is not (0 or (byte)GsoType.TcpV4 or (byte)GsoType.Udp or (byte)GsoType.TcpV6 or (byte)GsoType.UdpL4))
        {
            return false;
        }

        offload.NeedsChecksum = (header[0] & NeedsChecksum) != 0;
        offload.ChecksumValid = (header[0] & DataValid) != 0;
        offload.Gso = (GsoType)gso;
        offload.HeaderLength = MemoryMarshal.Read<ushort>(header[2..]);
        offload.GsoSize = gso == 0 ? (ushort)0 : MemoryMarshal.Read<ushort>(header[4..]);
        if (offload.NeedsChecksum)
        {
            offload.ChecksumStart = MemoryMarshal.Read<ushort>(header[6..]);
            offload.ChecksumOffset = MemoryMarshal.Read<ushort>(header[8..]);
            return offload.ChecksumStart + offload.ChecksumOffset + 2 <= frameLength;
        }

        return true;
    }

    public static void Write(in Offload offload, ReadOnlySpan<byte> frame, Span<byte> header)
    {
        header[..Size].Clear();
        if (offload.NeedsChecksum)
        {
            header[0] = NeedsChecksum;
            MemoryMarshal.Write(header[6..], offload.ChecksumStart);
            MemoryMarshal.Write(header[8..], offload.ChecksumOffset);
        }

        if (offload.Gso != GsoType.None)
        {
            header[1] = (byte)((byte)offload.Gso | (CarriesCwr(offload, frame) ? GsoEcn : 0));

            // The hint may be stale after a push or pull; one beyond the frame is refused by the kernel.
            MemoryMarshal.Write(header[2..], (ushort)Math.Min(offload.HeaderLength, frame.Length));
            MemoryMarshal.Write(header[4..], offload.GsoSize);
        }
    }

    private static bool CarriesCwr(in Offload offload, ReadOnlySpan<byte> frame)
    {
        int flags = offload.ChecksumStart + 13;
        return offload.Gso is GsoType.TcpV4 or GsoType.TcpV6 && offload.NeedsChecksum && flags < frame.Length && (frame[flags] & 0x80) != 0;
    }
}
