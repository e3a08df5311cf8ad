namespace Vicinal.Devices.Captures;

/// <summary>The classic libpcap file format (draft-ietf-opsawg-pcap).</summary>
internal static class PcapFormat
{
    public const uint MicrosecondMagic = 0xA1B2_C3D4;
    public const uint NanosecondMagic = 0xA1B2_3C4D;
    public const int FileHeaderSize = 24;
    public const int RecordHeaderSize = 16;
    public const uint Ethernet = 1;

    /// <summary>What libpcap itself takes as the longest record.</summary>
    public const int MaxRecord = 262_144;

    public const long NanosecondsPerSecond = 1_000_000_000;
}
