using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>
/// What every control message begins with. A fixed part and <paramref name="Count"/> entries follow, both of a size that the kind decides.
/// <code>
/// |    Version    |     Kind      |     Count     |     Flags     |
/// |                    Sender's incarnation (64)                  |
/// |                  Version of the witness set                   |
/// </code>
/// </summary>
/// <param name="Incarnation">Rises with each start of the sender; an older one's messages are late.</param>
/// <param name="Witnesses">The witness set that the sender goes by.</param>
internal readonly record struct MessageHeader(MessageKind Kind, byte Count, MessageFlags Flags, ulong Incarnation, uint Witnesses)
{
    public const byte Version = 1;
    public const int Size = 16;
    public const int CountOffset = 2;

    public static bool TryRead(ReadOnlySpan<byte> message, out MessageHeader header)
    {
        header = default;
        if (message.Length < Size || message[0] != Version)
        {
            return false;
        }

        header = new MessageHeader(
            (MessageKind)message[1],
            message[CountOffset],
            (MessageFlags)message[3],
            BinaryPrimitives.ReadUInt64BigEndian(message[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(message[12..]));
        return true;
    }

    public void Write(Span<byte> target)
    {
        target[0] = Version;
        target[1] = (byte)Kind;
        target[CountOffset] = Count;
        target[3] = (byte)Flags;
        BinaryPrimitives.WriteUInt64BigEndian(target[4..], Incarnation);
        BinaryPrimitives.WriteUInt32BigEndian(target[12..], Witnesses);
    }
}
