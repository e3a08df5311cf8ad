using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>A DNS message with one question, which is all that anybody asks, and what its asker can take (EDNS).</summary>
/// <param name="Name">In lower case, without the last dot.</param>
/// <param name="QuestionEnd">Where the question ends, which begins behind the header.</param>
/// <param name="EdnsOffset">Where the OPT record's size of UDP stands; 0 when there is no OPT record.</param>
/// <param name="EdnsSize">What the asker takes by UDP.</param>
public readonly record struct DnsQuery(ushort Id, ushort Flags, string Name, ushort Type, ushort Class, int QuestionEnd, int EdnsOffset, ushort EdnsSize, byte EdnsVersion)
{
    /// <summary>Records behind the question that are looked through for the OPT record.</summary>
    private const int MostRecords = 16;

    public bool IsResponse => (Flags & DnsMessage.FlagResponse) != 0;

    /// <summary>An ordinary question, not a notification, update or status.</summary>
    public bool IsStandard => (Flags & DnsMessage.OpcodeMask) == 0;

    public bool HasEdns => EdnsOffset != 0;

    /// <summary>What an answer by UDP may take.</summary>
    public int UdpLimit => HasEdns ? Math.Clamp((int)EdnsSize, DnsMessage.SmallestUdpSize, DnsMessage.LargestUdpSize) : DnsMessage.SmallestUdpSize;

    /// <summary>False for what is no sound question with nothing but additional records behind it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out DnsQuery query)
    {
        query = default;
        if (message.Length < DnsMessage.HeaderSize)
        {
            return false;
        }

        ushort questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        ushort answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        ushort authorities = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        ushort additional = BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        bool response = (flags & DnsMessage.FlagResponse) != 0;
        if (questions != 1 || (!response && (answers != 0 || authorities != 0 || additional > MostRecords))
            || !DnsName.TryRead(message, DnsMessage.HeaderSize, out string name, out int end) || end + 4 > message.Length)
        {
            return false;
        }

        query = new DnsQuery(
            BinaryPrimitives.ReadUInt16BigEndian(message), flags, name,
            BinaryPrimitives.ReadUInt16BigEndian(message[end..]), BinaryPrimitives.ReadUInt16BigEndian(message[(end + 2)..]), end + 4, 0, 0, 0);
        return response || TryReadAdditional(message, additional, ref query);
    }

    private static bool TryReadAdditional(ReadOnlySpan<byte> message, int count, ref DnsQuery query)
    {
        int at = query.QuestionEnd;
        for (int i = 0; i < count; i++)
        {
            // Type, class, TTL and length, then the data.
            if (!DnsName.TrySkip(message, at, out int end) || end + 10 > message.Length)
            {
                return false;
            }

            ReadOnlySpan<byte> record = message[end..];
            if (BinaryPrimitives.ReadUInt16BigEndian(record) == DnsMessage.TypeOpt)
            {
                if (query.HasEdns || end != at + 1)
                {
                    return false;
                }

                query = query with { EdnsOffset = end + 2, EdnsSize = BinaryPrimitives.ReadUInt16BigEndian(record[2..]), EdnsVersion = record[5] };
            }

            at = end + 10 + BinaryPrimitives.ReadUInt16BigEndian(record[8..]);
            if (at > message.Length)
            {
                return false;
            }
        }

        return true;
    }
}
