namespace Vicinal.Packets;

/// <summary>Numbers of DHCP options (RFC 2132 unless said) that a server reads or writes by itself.</summary>
public static class DhcpOptionCode
{
    public const byte Pad = 0;
    public const byte SubnetMask = 1;
    public const byte Router = 3;
    public const byte DnsServers = 6;
    public const byte HostName = 12;
    public const byte DomainName = 15;
    public const byte Mtu = 26;
    public const byte BroadcastAddress = 28;
    public const byte RequestedAddress = 50;
    public const byte LeaseTime = 51;
    public const byte Overload = 52;
    public const byte MessageType = 53;
    public const byte ServerId = 54;
    public const byte ParameterList = 55;
    public const byte MaxMessageSize = 57;
    public const byte RenewalTime = 58;
    public const byte RebindingTime = 59;
    public const byte ClientId = 61;
    public const byte BootFile = 67;

    /// <summary>RFC 3442.</summary>
    public const byte ClasslessRoutes = 121;

    /// <summary>What some clients ask for in the place of <see cref="ClasslessRoutes"/>, in the same form.</summary>
    public const byte MicrosoftClasslessRoutes = 249;

    public const byte End = 255;
}

/// <summary>Option 53.</summary>
public enum DhcpMessageType : byte
{
    None = 0,
    Discover = 1,
    Offer = 2,
    Request = 3,
    Decline = 4,
    Ack = 5,
    Nak = 6,
    Release = 7,
    Inform = 8,
}
