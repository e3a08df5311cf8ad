using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>The fixed part of <see cref="MessageKind.Granted"/>.</summary>
/// <param name="Newest">
/// The newest revocation of the session when this was granted. A holder that has carried out a newer one may have lost the router again
/// meanwhile, and asks once more.
/// </param>
internal readonly record struct GrantedMessage(ulong Session, uint Newest)
{
    public const int Size = 12;

    public static GrantedMessage Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[8..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, Session);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], Newest);
    }
}
