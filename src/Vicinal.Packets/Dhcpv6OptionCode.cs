namespace Vicinal.Packets;

/// <summary>Numbers of DHCPv6 options (RFC 8415 section 21 unless said) that a server reads or writes by itself.</summary>
public static class Dhcpv6OptionCode
{
    public const ushort ClientId = 1;
    public const ushort ServerId = 2;
    public const ushort NonTemporaryAddresses = 3;
    public const ushort TemporaryAddresses = 4;
    public const ushort Address = 5;
    public const ushort Requested = 6;
    public const ushort StatusCode = 13;
    public const ushort RapidCommit = 14;

    /// <summary>RFC 3646.</summary>
    public const ushort DnsServers = 23;

    /// <summary>RFC 3646.</summary>
    public const ushort DomainList = 24;

    public const ushort PrefixDelegation = 25;
    public const ushort RefreshTime = 32;
}

/// <summary>RFC 8415 section 7.3.</summary>
public enum Dhcpv6MessageType : byte
{
    Solicit = 1,
    Advertise = 2,
    Request = 3,
    Confirm = 4,
    Renew = 5,
    Rebind = 6,
    Reply = 7,
    Release = 8,
    Decline = 9,
    InformationRequest = 11,
}

/// <summary>RFC 8415 section 21.13.</summary>
public enum Dhcpv6Status : ushort
{
    Success = 0,
    NoAddressesAvailable = 2,
    NotOnLink = 4,
    NoPrefixAvailable = 6,
}
