using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// What a DHCP client says (RFC 2131 section 2), checked once and then read without failing.
/// <code>
///  0               1               2               3
/// |      op       |     htype     |     hlen      |     hops      |
/// |                              xid                              |
/// |             secs              |             flags             |
/// |   ciaddr   |   yiaddr   |   siaddr   |   giaddr    (4 each)    |
/// |          chaddr (16)  |  sname (64)  |  file (128)             |
/// |   magic cookie (4)    |  options ...                           |
/// </code>
/// </summary>
public readonly ref struct DhcpRequest
{
    /// <summary>Up to the options, the magic cookie included.</summary>
    public const int HeaderSize = 240;

    public const uint MagicCookie = 0x6382_5363;

    public const byte BootRequest = 1;
    public const byte BootReply = 2;

    /// <summary>What every client takes, with IP and UDP headers (section 2).</summary>
    public const int LeastMessageSize = 576;

    private readonly ReadOnlySpan<byte> _message;

    private DhcpRequest(ReadOnlySpan<byte> message) => _message = message;

    public DhcpMessageType Type { get; private init; }

    public uint TransactionId => BinaryPrimitives.ReadUInt32BigEndian(_message[4..]);

    /// <summary>The client cannot take unicast before it has its address.</summary>
    public bool WantsBroadcast => (_message[10] & 0x80) != 0;

    public ushort FieldFlags => BinaryPrimitives.ReadUInt16BigEndian(_message[10..]);

    /// <summary>ciaddr: what the client uses already.</summary>
    public IpAddress ClientAddress => IpAddress.ReadIpv4(_message[12..]);

    /// <summary>giaddr: the relay that it comes through.</summary>
    public IpAddress RelayAddress => IpAddress.ReadIpv4(_message[24..]);

    public MacAddress ClientMac => MacAddress.Read(_message[28..]);

    public IpAddress? RequestedAddress { get; private init; }

    public IpAddress? ServerId { get; private init; }

    public ReadOnlySpan<byte> ParameterList => DhcpOptions.Find(Options, DhcpOptionCode.ParameterList);

    /// <summary>Option 61, which a server repeats (RFC 6842).</summary>
    public ReadOnlySpan<byte> ClientId => DhcpOptions.Find(Options, DhcpOptionCode.ClientId);

    /// <summary>The longest message that the client takes, with IP and UDP headers.</summary>
    public int MaxMessageSize { get; private init; }

    private ReadOnlySpan<byte> Options => _message[HeaderSize..];

    /// <param name="payload">Of the UDP datagram.</param>
    public static bool TryRead(ReadOnlySpan<byte> payload, out DhcpRequest request)
    {
        request = default;
        if (payload.Length < HeaderSize || payload[0] != BootRequest || payload[1] != 1 || payload[2] != MacAddress.Size
            || BinaryPrimitives.ReadUInt32BigEndian(payload[(HeaderSize - 4)..]) != MagicCookie)
        {
            return false;
        }

        DhcpMessageType type = DhcpMessageType.None;
        IpAddress? requested = null;
        IpAddress? server = null;
        int size = LeastMessageSize;
        DhcpOptions walk = new(payload[HeaderSize..]);
        while (walk.MoveNext())
        {
            switch (walk.Code)
            {
                case DhcpOptionCode.MessageType when walk.Value.Length == 1:
                    type = (DhcpMessageType)walk.Value[0];
                    break;
                case DhcpOptionCode.RequestedAddress when walk.Value.Length == 4:
                    requested = IpAddress.ReadIpv4(walk.Value);
                    break;
                case DhcpOptionCode.ServerId when walk.Value.Length == 4:
                    server = IpAddress.ReadIpv4(walk.Value);
                    break;
                case DhcpOptionCode.MaxMessageSize when walk.Value.Length == 2:
                    size = Math.Max(LeastMessageSize, (int)BinaryPrimitives.ReadUInt16BigEndian(walk.Value));
                    break;
                case DhcpOptionCode.MessageType or DhcpOptionCode.RequestedAddress or DhcpOptionCode.ServerId or DhcpOptionCode.MaxMessageSize:
                    return false;
                default:
                    break;
            }
        }

        if (walk.IsMalformed || type == DhcpMessageType.None)
        {
            return false;
        }

        request = new DhcpRequest(payload) { Type = type, RequestedAddress = requested, ServerId = server, MaxMessageSize = size };
        return true;
    }
}
