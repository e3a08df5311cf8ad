using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Simulation.Tests.Cloud;

/// <summary>A number in a packet's payload, by which it is known wherever it turns up, whatever was rewritten on the way.</summary>
internal static class Probe
{
    private const uint Magic = 0x56_4C_50_42;

    public static byte[] Payload(uint number)
    {
        byte[] payload = new byte[32];
        BinaryPrimitives.WriteUInt32BigEndian(payload, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(4), number);
        return payload;
    }

    /// <summary>The number of whatever carries one, in any wrapping; null for what carries none.</summary>
    public static uint? Find(ReadOnlySpan<byte> bytes)
    {
        Span<byte> magic = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(magic, Magic);
        int at = bytes.IndexOf(magic);
        return at >= 0 && at + 8 <= bytes.Length ? BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 4)..]) : null;
    }

    /// <summary>The number of an echo request or a datagram; answers and errors carry it too and are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out PacketHeaders headers, out uint number)
    {
        number = 0;
        if (PacketHeaders.Parse(frame, out headers) != ParseResult.Ok || !headers.IsIpv4 || !headers.HasTransport
            || !(headers.Protocol == IpProtocol.Udp || (headers.IsIcmp && headers.IcmpType == 8))
            || frame.Length < headers.L4Offset + 16
            || BinaryPrimitives.ReadUInt32BigEndian(frame[(headers.L4Offset + 8)..]) != Magic)
        {
            return false;
        }

        number = BinaryPrimitives.ReadUInt32BigEndian(frame[(headers.L4Offset + 12)..]);
        return true;
    }
}
