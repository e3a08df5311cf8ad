using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>The fixed part of <see cref="MessageKind.Revoked"/>; an entry a revocation, in order.</summary>
/// <param name="First">The number of the first entry within the session.</param>
internal readonly record struct RevokedMessage(ulong Session, uint First)
{
    public const int Size = 12;

    public static RevokedMessage Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[8..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, Session);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], First);
    }
}
