using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>One datagram to send. It is the effects' again when they are cleared.</summary>
public sealed class OutgoingMessage
{
    public const int MaxSize = 1200;

    private readonly byte[] _bytes = new byte[MaxSize];

    /// <summary>Index in <see cref="HostTable"/>.</summary>
    public int Host { get; private set; }

    /// <summary>Goes to BFD's port and not to that of control messages.</summary>
    public bool IsBfd { get; private set; }

    public int Length { get; internal set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    internal Span<byte> Room => _bytes.AsSpan(Length);

    internal bool CanTake(MessageKind kind, int entry) =>
        !IsBfd && _bytes[1] == (byte)kind && _bytes[MessageHeader.CountOffset] < byte.MaxValue && Length + entry <= MaxSize;

    internal void AddToCount() => _bytes[MessageHeader.CountOffset]++;

    internal void Reset(int host, bool bfd)
    {
        Host = host;
        IsBfd = bfd;
        Length = 0;
    }
}
