using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>ICMP types (RFC 792) and the classes they fall in.</summary>
public static class Icmpv4Type
{
    public const byte EchoReply = 0;
    public const byte DestinationUnreachable = 3;
    public const byte SourceQuench = 4;
    public const byte Redirect = 5;
    public const byte EchoRequest = 8;
    public const byte TimeExceeded = 11;
    public const byte ParameterProblem = 12;
    public const byte TimestampRequest = 13;
    public const byte TimestampReply = 14;

    /// <summary>Quotes the packet that caused it.</summary>
    public static bool IsError(byte type) => type is DestinationUnreachable or SourceQuench or Redirect or TimeExceeded or ParameterProblem;

    /// <summary>Carries an identifier that pairs request and reply: echo, timestamp, information and address mask.</summary>
    public static bool IsQuery(byte type) => type is EchoReply or EchoRequest or (>= TimestampRequest and <= 18);
}

/// <summary>ICMPv6 types (RFC 4443, RFC 4861) and the classes they fall in.</summary>
public static class Icmpv6Type
{
    public const byte DestinationUnreachable = 1;
    public const byte PacketTooBig = 2;
    public const byte TimeExceeded = 3;
    public const byte ParameterProblem = 4;
    public const byte EchoRequest = 128;
    public const byte EchoReply = 129;
    public const byte MulticastListenerQuery = 130;
    public const byte MulticastListenerReport = 131;
    public const byte MulticastListenerDone = 132;
    public const byte RouterSolicitation = 133;
    public const byte RouterAdvertisement = 134;
    public const byte NeighborSolicitation = 135;
    public const byte NeighborAdvertisement = 136;
    public const byte Redirect = 137;
    public const byte MulticastListenerReportV2 = 143;

    /// <summary>RFC 4443 section 2.1: the high bit is zero for errors.</summary>
    public static bool IsError(byte type) => type < 128;

    public static bool IsQuery(byte type) => type is EchoRequest or EchoReply;

    /// <summary>The messages of RFC 4861, valid only with a hop limit of 255.</summary>
    public static bool IsNeighborDiscovery(byte type) => type is >= RouterSolicitation and <= Redirect;
}

/// <summary>The first eight bytes of an ICMP or ICMPv6 message.</summary>
/// <param name="Rest">What the type makes of bytes 4 to 7: identifier and sequence, MTU, pointer, flags.</param>
public readonly record struct IcmpHeader(byte Type, byte Code, ushort Checksum, uint Rest)
{
    public const int Size = 8;
    public const int ChecksumOffset = 2;

    public ushort Id => (ushort)(Rest >> 16);

    public ushort Sequence => (ushort)Rest;

    public static IcmpHeader Echo(byte type, ushort id, ushort sequence) => new(type, 0, 0, ((uint)id << 16) | sequence);

    public static bool TryRead(ReadOnlySpan<byte> message, out IcmpHeader header)
    {
        header = message.Length < Size
            ? default
            : new IcmpHeader(
                message[0],
                message[1],
                BinaryPrimitives.ReadUInt16BigEndian(message[ChecksumOffset..]),
                BinaryPrimitives.ReadUInt32BigEndian(message[4..]));
        return message.Length >= Size;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], Rest);
        target[0] = Type;
        target[1] = Code;
        BinaryPrimitives.WriteUInt16BigEndian(target[ChecksumOffset..], Checksum);
    }
}
