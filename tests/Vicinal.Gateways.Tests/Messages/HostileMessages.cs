using System.Buffers.Binary;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Tests.Messages;

/// <summary>Octets that nobody sane would send: random ones, and messages that look right up to some point.</summary>
internal static class HostileMessages
{
    /// <summary>Of all the nodes that do not exist.</summary>
    public const ulong Incarnation = 1 << 20;

    private static readonly MessageKind[] s_kinds = Enum.GetValues<MessageKind>();

    public static byte[] Any(Random random)
    {
        byte[] message = new byte[random.Next(0, 1300)];
        random.NextBytes(message);
        if (message.Length < MessageHeader.Size || random.Next(5) == 0)
        {
            return message;
        }

        MessageKind kind = s_kinds[random.Next(s_kinds.Length)];
        _ = MessageLayout.TryFind(kind, out MessageLayout layout);
        byte count = (byte)(layout.Entry == 0 ? 0 : random.Next(0, 9));
        int length = MessageHeader.Size + layout.Fixed + (count * layout.Entry);
        Array.Resize(ref message, length);
        random.NextBytes(message);
        message[0] = MessageHeader.Version;
        message[1] = (byte)kind;
        message[MessageHeader.CountOffset] = count;

        // A sender whose start is newer and newer would be heard only once.
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), Incarnation);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), (uint)random.Next(3));

        // Small numbers meet what the receiver has more often than large ones.
        for (int i = length > MessageHeader.Size ? random.Next(0, length) : 0; i > 0; i--)
        {
            message[random.Next(MessageHeader.Size - 1, length)] = (byte)random.Next(0, 3);
        }

        return random.Next(8) == 0 ? message[..random.Next(length)] : message;
    }
}
