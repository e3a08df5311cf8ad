using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>How the parser's refusals are counted.</summary>
internal static class DropReasons
{
    public static DropReason Of(ParseResult result) => result switch
    {
        ParseResult.BadIpv4Checksum => DropReason.BadChecksum,
        ParseResult.MartianAddress => DropReason.Martian,
        ParseResult.GroupSourceMac => DropReason.SpoofedMac,
        _ => DropReason.Malformed,
    };
}
