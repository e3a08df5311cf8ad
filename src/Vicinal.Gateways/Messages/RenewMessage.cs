using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>The fixed part of <see cref="MessageKind.Renew"/>.</summary>
/// <param name="Round">Numbers the holder's renewals; it remembers when it sent each.</param>
/// <param name="Session">Under which the witness knows this holder; 0: not met yet.</param>
/// <param name="Heeded">The newest revocation of the session that the holder has carried out.</param>
/// <param name="Short">The period that the holder takes a short lease to have, in microseconds.</param>
internal readonly record struct RenewMessage(ulong Round, ulong Session, uint Heeded, uint Short)
{
    public const int Size = 24;

    public static RenewMessage Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source),
        BinaryPrimitives.ReadUInt64BigEndian(source[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[16..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[20..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, Round);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], Session);
        BinaryPrimitives.WriteUInt32BigEndian(target[16..], Heeded);
        BinaryPrimitives.WriteUInt32BigEndian(target[20..], Short);
    }
}
