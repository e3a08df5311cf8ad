using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>What a DHCPv6 client says (RFC 8415 section 8), checked once, associations included, and then read without failing.</summary>
public readonly ref struct Dhcpv6Request
{
    /// <summary>Message type and transaction id.</summary>
    public const int HeaderSize = 4;

    /// <summary>A DUID is at most 128 octets and its type (section 11.1).</summary>
    private const int LongestDuid = 130;

    /// <summary>IAID, T1 and T2.</summary>
    private const int AssociationSize = 12;

    /// <summary>A temporary one has the IAID only.</summary>
    private const int TemporarySize = 4;

    /// <summary>Address and two lifetimes.</summary>
    public const int AddressSize = 24;

    private Dhcpv6Request(ReadOnlySpan<byte> message) => Message = message;

    public Dhcpv6MessageType Type => (Dhcpv6MessageType)Message[0];

    /// <summary>24 bits.</summary>
    public uint TransactionId => BinaryPrimitives.ReadUInt32BigEndian(Message) & 0xFF_FFFF;

    public ReadOnlySpan<byte> Options => Message[HeaderSize..];

    /// <summary>Empty when there is none.</summary>
    public ReadOnlySpan<byte> ClientId { get; private init; }

    /// <summary>Empty when there is none.</summary>
    public ReadOnlySpan<byte> ServerId { get; private init; }

    /// <summary>Numbers of options, two octets each.</summary>
    public ReadOnlySpan<byte> Requested { get; private init; }

    public bool RapidCommit { get; private init; }

    private ReadOnlySpan<byte> Message { get; }

    /// <param name="payload">Of the UDP datagram.</param>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Dhcpv6Request request)
    {
        request = default;
        if (payload.Length < HeaderSize)
        {
            return false;
        }

        ReadOnlySpan<byte> client = default;
        ReadOnlySpan<byte> server = default;
        ReadOnlySpan<byte> requested = default;
        bool rapid = false;
        Dhcpv6Options walk = new(payload[HeaderSize..]);
        while (walk.MoveNext())
        {
            switch (walk.Code)
            {
                case Dhcpv6OptionCode.ClientId when client.IsEmpty && walk.Value.Length is > 2 and <= LongestDuid:
                    client = walk.Value;
                    break;
                case Dhcpv6OptionCode.ServerId when server.IsEmpty && walk.Value.Length is > 2 and <= LongestDuid:
                    server = walk.Value;
                    break;
                case Dhcpv6OptionCode.ClientId or Dhcpv6OptionCode.ServerId:
                    return false;
                case Dhcpv6OptionCode.Requested when walk.Value.Length % 2 == 0:
                    requested = walk.Value;
                    break;
                case Dhcpv6OptionCode.Requested:
                    return false;
                case Dhcpv6OptionCode.RapidCommit:
                    rapid = true;
                    break;
                case Dhcpv6OptionCode.NonTemporaryAddresses or Dhcpv6OptionCode.PrefixDelegation when !IsSound(walk.Value, AssociationSize):
                case Dhcpv6OptionCode.TemporaryAddresses when !IsSound(walk.Value, TemporarySize):
                    return false;
                default:
                    break;
            }
        }

        if (walk.IsMalformed)
        {
            return false;
        }

        request = new Dhcpv6Request(payload) { ClientId = client, ServerId = server, Requested = requested, RapidCommit = rapid };
        return true;
    }

    /// <summary>The options in an association of the kind that the option's number says.</summary>
    public static ReadOnlySpan<byte> OptionsOf(ushort code, ReadOnlySpan<byte> association) =>
        association[(code == Dhcpv6OptionCode.TemporaryAddresses ? TemporarySize : AssociationSize)..];

    private static bool IsSound(ReadOnlySpan<byte> association, int size)
    {
        if (association.Length < size)
        {
            return false;
        }

        Dhcpv6Options walk = new(association[size..]);
        while (walk.MoveNext())
        {
            if (walk.Code == Dhcpv6OptionCode.Address && walk.Value.Length < AddressSize)
            {
                return false;
            }
        }

        return !walk.IsMalformed;
    }
}
