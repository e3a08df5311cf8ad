namespace Vicinal.Packets;

/// <summary>How a super-packet is to be cut, as virtio_net_hdr's gso_type says it.</summary>
public enum GsoType : byte
{
    None = 0,
    TcpV4 = 1,
    Udp = 3,
    TcpV6 = 4,
    UdpL4 = 5,
}

/// <summary>The part of virtio_net_hdr that travels with a frame between devices; offsets count from the start of the frame.</summary>
public struct Offload
{
    /// <summary>The L4 checksum is only the pseudo-header's sum; whoever puts the frame on a real wire finishes it.</summary>
    public bool NeedsChecksum;

    /// <summary>The receiving device vouches for the checksum.</summary>
    public bool ChecksumValid;

    public GsoType Gso;

    /// <summary>Payload bytes of each segment; 0 without GSO.</summary>
    public ushort GsoSize;

    /// <summary>Length of all headers up to the payload, a hint.</summary>
    public ushort HeaderLength;

    public ushort ChecksumStart;

    public ushort ChecksumOffset;
}

/// <summary>
/// One frame in memory with room in front for tunnel headers. Owned by one thread at a time; pooled by whoever receives.
/// Bytes outside [Start, Start + Length) are noise.
/// </summary>
public sealed class PacketBuffer(int capacity = PacketBuffer.DefaultCapacity)
{
    /// <summary>Room for an outer Ethernet, IPv6, UDP and Geneve header with options, and for VLAN tags.</summary>
    public const int Headroom = 256;

    /// <summary>A 64 KiB super-packet with its headers.</summary>
    public const int DefaultCapacity = Headroom + 65536 + 256;

    // Pinned for its whole life, since devices hand its address to the kernel in batches of system calls.
    private readonly byte[] _bytes = GC.AllocateArray<byte>(capacity, pinned: true);

    public Offload Offload;

    public int Start { get; private set; } = Headroom;

    public int Length { get; private set; }

    public byte[] Bytes => _bytes;

    public Span<byte> Span => _bytes.AsSpan(Start, Length);

    /// <summary>All that may be written behind the headroom; pass the count received to <see cref="Reset"/>.</summary>
    public Memory<byte> Room => _bytes.AsMemory(Headroom);

    /// <summary>The frame is the first <paramref name="length"/> bytes behind the headroom, with no offload pending.</summary>
    public void Reset(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _bytes.Length - Headroom);
        Start = Headroom;
        Length = length;
        Offload = default;
    }

    public void CopyFrom(ReadOnlySpan<byte> frame)
    {
        Reset(frame.Length);
        frame.CopyTo(Span);
    }

    public void CopyFrom(PacketBuffer other)
    {
        CopyFrom(other.Span);
        Offload = other.Offload;
    }

    /// <summary>Grows the frame at its front and returns the new bytes, unset. The caller moves checksum offsets.</summary>
    public Span<byte> Push(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Start);
        Start -= bytes;
        Length += bytes;
        return _bytes.AsSpan(Start, bytes);
    }

    /// <summary>Cuts bytes off the front.</summary>
    public void Pull(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Length);
        Start += bytes;
        Length -= bytes;
    }

    /// <summary>Cuts the end off (Ethernet padding), or grows it within the buffer.</summary>
    public void SetLength(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _bytes.Length - Start);
        Length = length;
    }
}
