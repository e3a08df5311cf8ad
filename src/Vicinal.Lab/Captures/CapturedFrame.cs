using Vicinal.Packets;

namespace Vicinal.Lab.Captures;

/// <summary>A frame as it was seen on an interface.</summary>
/// <param name="Outgoing">The interface sent it; else it received it.</param>
/// <param name="At">Time of day.</param>
public sealed record CapturedFrame(string Place, bool Outgoing, DateTime At, byte[] Bytes)
{
    /// <summary>The frame's headers, or null when it does not parse.</summary>
    public PacketHeaders? Headers => PacketHeaders.Parse(Bytes, out PacketHeaders headers) == ParseResult.Ok ? headers : null;
}
