using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>The fixed part of <see cref="MessageKind.Replicated"/>: how far a stream has been taken in.</summary>
/// <param name="Sender">The incarnation of the stream's sender.</param>
/// <param name="Next">The place of the first item that is missing; all before it are here.</param>
internal readonly record struct ReplicatedMessage(ulong Sender, uint Stream, ulong Next)
{
    public const int Size = 20;

    public static ReplicatedMessage Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source),
        BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[12..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, Sender);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], Stream);
        BinaryPrimitives.WriteUInt64BigEndian(target[12..], Next);
    }
}
