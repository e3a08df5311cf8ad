namespace Vicinal.Packets;

/// <summary>Numbers of the domain name system (RFC 1035, EDNS of RFC 6891).</summary>
public static class DnsMessage
{
    public const int HeaderSize = 12;

    /// <summary>What UDP carries where the asker says nothing else.</summary>
    public const int SmallestUdpSize = 512;

    /// <summary>Fits every path without fragments, as resolvers agreed on in 2020.</summary>
    public const int LargestUdpSize = 1232;

    public const ushort TypeA = 1;
    public const ushort TypePtr = 12;
    public const ushort TypeAaaa = 28;
    public const ushort TypeOpt = 41;
    public const ushort TypeAny = 255;
    public const ushort ClassIn = 1;

    public const ushort FlagResponse = 0x8000;
    public const ushort FlagAuthoritative = 0x0400;
    public const ushort FlagTruncated = 0x0200;
    public const ushort FlagRecursionDesired = 0x0100;
    public const ushort FlagRecursionAvailable = 0x0080;
    public const ushort OpcodeMask = 0x7800;

    public const ushort CodeServerFailure = 2;
    public const ushort CodeNotImplemented = 4;
    public const ushort CodeRefused = 5;

    /// <summary>Its high bits stand in the OPT record (RFC 6891 section 6.1.3).</summary>
    public const ushort CodeBadVersion = 16;
}
