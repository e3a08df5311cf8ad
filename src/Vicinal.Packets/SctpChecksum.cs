using System.Buffers.Binary;
using System.Numerics;

namespace Vicinal.Packets;

/// <summary>
/// The CRC32c of SCTP (RFC 9260 section 6.8 and appendix A). It covers the ports but not the addresses, and cannot be updated
/// incrementally with the internet checksum's means, so a changed port has it computed anew.
/// </summary>
public static class SctpChecksum
{
    public const int HeaderSize = 12;

    private const int Offset = 8;

    /// <summary>Writes the checksum of a whole packet, from its common header to its end.</summary>
    public static void Write(Span<byte> packet)
    {
        packet.Slice(Offset, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(packet[Offset..], Compute(packet));
    }

    /// <summary>The CRC32c of any bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
