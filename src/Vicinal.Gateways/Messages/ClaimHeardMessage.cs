using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>The fixed part of <see cref="MessageKind.ClaimHeard"/>; the entries are routers for which the receiver follows a newer epoch.</summary>
/// <param name="Claimant">The incarnation whose claims are meant.</param>
/// <param name="UpTo">All claims up to this number are known.</param>
internal readonly record struct ClaimHeardMessage(ulong Claimant, uint UpTo)
{
    public const int Size = 12;

    public static ClaimHeardMessage Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[8..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, Claimant);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], UpTo);
    }
}
