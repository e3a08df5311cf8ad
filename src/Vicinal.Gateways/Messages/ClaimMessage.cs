using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>The fixed part of <see cref="MessageKind.Claim"/>: the entries are all routers whose claim changed after one number, up to another.</summary>
internal readonly record struct ClaimMessage(uint After, uint UpTo)
{
    public const int Size = 8;

    public static ClaimMessage Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[4..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, After);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], UpTo);
    }
}
