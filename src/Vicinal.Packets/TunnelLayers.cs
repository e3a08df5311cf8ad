namespace Vicinal.Packets;

/// <summary>What a packet of somebody's own tunnel, as it came from a device, leaves to be done before it is an ordinary packet.</summary>
public enum TunnelWork : byte
{
    /// <summary>Nothing; what the offload asks for concerns the outer headers alone.</summary>
    None,

    /// <summary>The inner checksum: <see cref="Checksum.Finish"/>. The outer one already counts with it.</summary>
    Checksum,

    /// <summary>It is a super-packet, to be cut by <see cref="TunnelSegmenter.Write"/>.</summary>
    Cut,

    /// <summary>The offload describes nothing that is in the frame.</summary>
    Malformed,
}

/// <summary>The two packets in a tunnel super-packet. All offsets count from the start of the frame; both end at the same byte.</summary>
public struct TunnelLayers
{
    /// <summary>IP and UDP.</summary>
    public PacketHeaders Outer;

    /// <summary>IP with TCP or UDP; without MACs.</summary>
    public PacketHeaders Inner;

    /// <summary>Pieces that the whole is cut into.</summary>
    public int Count;
}
