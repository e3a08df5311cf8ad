using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Lab.Captures;

/// <summary>The inner frame of a Geneve packet (RFC 8926) and the key it travelled under.</summary>
public sealed record TunnelledFrame(uint Vni, byte[] Bytes)
{
    private const int GenevePort = 6081;

    public PacketHeaders? Headers => PacketHeaders.Parse(Bytes, out PacketHeaders headers) == ParseResult.Ok ? headers : null;

    public static TunnelledFrame? TryRead(CapturedFrame frame)
    {
        if (frame.Headers is not { Protocol: IpProtocol.Udp, DestinationPort: GenevePort } outer)
        {
            return null;
        }

        ReadOnlySpan<byte> payload = frame.Bytes.AsSpan(outer.PayloadOffset);
        int header = payload.Length < 8 ? int.MaxValue : 8 + ((payload[0] & 0x3F) * 4);
        return payload.Length <= header
            ? null
            : new TunnelledFrame(BinaryPrimitives.ReadUInt32BigEndian(payload[4..]) >> 8, payload[header..].ToArray());
    }
}
