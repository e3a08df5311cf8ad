using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>Byte 13 of the TCP header (RFC 9293 section 3.1, RFC 3168).</summary>
[Flags]
public enum TcpFlags : byte
{
    None = 0,
    Fin = 0x01,
    Syn = 0x02,
    Rst = 0x04,
    Psh = 0x08,
    Ack = 0x10,
    Urg = 0x20,
    Ece = 0x40,
    Cwr = 0x80,
}

/// <summary>The TCP header without its options, which stay in the segment.</summary>
public readonly record struct TcpHeader
{
    public const int Size = 20;
    public const int MaxSize = 60;
    public const int SequenceOffset = 4;
    public const int FlagsOffset = 13;
    public const int ChecksumOffset = 16;

    public ushort SourcePort { get; init; }

    public ushort DestinationPort { get; init; }

    public uint Sequence { get; init; }

    public uint Acknowledgment { get; init; }

    /// <summary>With options; 20 to 60.</summary>
    public int HeaderLength { get; init; }

    public TcpFlags Flags { get; init; }

    public ushort Window { get; init; }

    public ushort Checksum { get; init; }

    public ushort UrgentPointer { get; init; }

    public static bool TryRead(ReadOnlySpan<byte> segment, out TcpHeader header)
    {
        header = default;
        if (segment.Length < Size)
        {
            return false;
        }

        int headerLength = segment[12] >> 4 << 2;
        if (headerLength < Size || headerLength > segment.Length)
        {
            return false;
        }

        header = new TcpHeader
        {
            SourcePort = BinaryPrimitives.ReadUInt16BigEndian(segment),
            DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(segment[2..]),
            Sequence = BinaryPrimitives.ReadUInt32BigEndian(segment[SequenceOffset..]),
            Acknowledgment = BinaryPrimitives.ReadUInt32BigEndian(segment[8..]),
            HeaderLength = headerLength,
            Flags = (TcpFlags)segment[FlagsOffset],
            Window = BinaryPrimitives.ReadUInt16BigEndian(segment[14..]),
            Checksum = BinaryPrimitives.ReadUInt16BigEndian(segment[ChecksumOffset..]),
            UrgentPointer = BinaryPrimitives.ReadUInt16BigEndian(segment[18..]),
        };
        return true;
    }

    /// <summary>Writes the fixed part as given, the checksum included. A header length of 0 stands for 20.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(target[SequenceOffset..], Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], Acknowledgment);
        target[12] = (byte)((HeaderLength == 0 ? Size : HeaderLength) / 4 << 4);
        target[FlagsOffset] = (byte)Flags;
        BinaryPrimitives.WriteUInt16BigEndian(target[14..], Window);
        BinaryPrimitives.WriteUInt16BigEndian(target[ChecksumOffset..], Checksum);
        BinaryPrimitives.WriteUInt16BigEndian(target[18..], UrgentPointer);
    }
}
