using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>The fixed part of <see cref="MessageKind.Renewed"/>.</summary>
internal readonly record struct RenewedMessage(ulong Round, ulong Session)
{
    public const int Size = 16;

    public static RenewedMessage Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, Round);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], Session);
    }
}
