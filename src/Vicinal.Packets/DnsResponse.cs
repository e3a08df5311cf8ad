using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// Writes the answer to a question: the question's own octets, records that all belong to its name, and an OPT record where the asker had one. What does
/// not fit is left out, and the answer says so.
/// </summary>
public ref struct DnsResponse
{
    private const int OptSize = 11;
    private const int RecordHeaderSize = 12;

    /// <summary>A pointer to the question's name.</summary>
    private const ushort QuestionName = 0xC000 | DnsMessage.HeaderSize;

    private readonly Span<byte> _target;
    private readonly DnsQuery _query;
    private readonly int _limit;
    private ushort _flags;
    private ushort _answers;

    /// <param name="message">The one that the question was read from.</param>
    /// <param name="target">Of at least the question's size and 11 octets; it bounds the answer.</param>
    public DnsResponse(in DnsQuery query, ReadOnlySpan<byte> message, Span<byte> target)
    {
        _query = query;
        _target = target;
        _limit = target.Length - (query.HasEdns ? OptSize : 0);
        _flags = (ushort)(DnsMessage.FlagResponse | DnsMessage.FlagRecursionAvailable | (query.Flags & (DnsMessage.OpcodeMask | DnsMessage.FlagRecursionDesired)));
        message[..query.QuestionEnd].CopyTo(target);
        Length = query.QuestionEnd;
    }

    public int Length { get; private set; }

    public void AddAddress(IpAddress address, uint timeToLive)
    {
        Span<byte> data = stackalloc byte[16];
        int size = address.IsIpv4 ? 4 : 16;
        if (address.IsIpv4)
        {
            address.WriteIpv4(data);
        }
        else
        {
            address.WriteIpv6(data);
        }

        Add(address.IsIpv4 ? DnsMessage.TypeA : DnsMessage.TypeAaaa, data[..size], timeToLive);
    }

    public void AddPointer(string name, uint timeToLive)
    {
        Span<byte> data = stackalloc byte[DnsName.MaxLength];
        int size = DnsName.SizeOf(name);
        if (size > 0)
        {
            DnsName.Write(name, data);
            Add(DnsMessage.TypePtr, data[..size], timeToLive);
        }
    }

    /// <summary>Writes counts and flags. The answer is what is before <see cref="Length"/>.</summary>
    public void End(ushort code, bool authoritative)
    {
        ushort flags = (ushort)(_flags | (authoritative ? DnsMessage.FlagAuthoritative : 0) | (code & 0xF));
        BinaryPrimitives.WriteUInt16BigEndian(_target[2..], flags);
        BinaryPrimitives.WriteUInt16BigEndian(_target[4..], 1);
        BinaryPrimitives.WriteUInt16BigEndian(_target[6..], _answers);
        BinaryPrimitives.WriteUInt16BigEndian(_target[8..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(_target[10..], (ushort)(_query.HasEdns ? 1 : 0));
        if (!_query.HasEdns)
        {
            return;
        }

        Span<byte> opt = _target.Slice(Length, OptSize);
        opt.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(opt[1..], DnsMessage.TypeOpt);
        BinaryPrimitives.WriteUInt16BigEndian(opt[3..], DnsMessage.LargestUdpSize);
        opt[5] = (byte)(code >> 4);
        Length += OptSize;
    }

    private void Add(ushort type, scoped ReadOnlySpan<byte> data, uint timeToLive)
    {
        if (Length + RecordHeaderSize + data.Length > _limit)
        {
            _flags |= DnsMessage.FlagTruncated;
            return;
        }

        Span<byte> record = _target[Length..];
        BinaryPrimitives.WriteUInt16BigEndian(record, QuestionName);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], type);
        BinaryPrimitives.WriteUInt16BigEndian(record[4..], DnsMessage.ClassIn);
        BinaryPrimitives.WriteUInt32BigEndian(record[6..], timeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)data.Length);
        data.CopyTo(record[RecordHeaderSize..]);
        Length += RecordHeaderSize + data.Length;
        _answers++;
    }
}
