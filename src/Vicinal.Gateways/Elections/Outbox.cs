using Vicinal.Gateways.Bfd;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>
/// Puts messages together: entries of one kind for one host share a datagram as long as they fit. What a node says to itself as its own
/// witness goes the same way, and never onto a wire.
/// </summary>
internal sealed class Outbox(ulong incarnation, int self)
{
    /// <summary>How many of the newest messages may still be added to.</summary>
    private const int Open = 32;

    private GatewayEffects _effects = new();
    private GatewayEffects _toSelf = new();

    /// <summary>The version of the witness set that this node goes by.</summary>
    public uint Witnesses { get; set; }

    public int Count => _effects.MessageCount;

    public void Begin(GatewayEffects effects, GatewayEffects toSelf)
    {
        _effects = effects;
        _toSelf = toSelf;
    }

    /// <summary>Room for one more entry. The head is the message's fixed part; entries with another one travel apart.</summary>
    public Span<byte> Entry(int host, MessageKind kind, ReadOnlySpan<byte> head, MessageFlags flags = MessageFlags.None)
    {
        _ = MessageLayout.TryFind(kind, out MessageLayout layout);
        OutgoingMessage message = FindOpen(host, kind, layout.Entry, head) ?? Whole(host, kind, head, flags);
        Span<byte> entry = message.Room[..layout.Entry];
        message.Length += layout.Entry;
        message.AddToCount();
        return entry;
    }

    public void RouterEpoch(int host, MessageKind kind, ReadOnlySpan<byte> head, Guid routerId, Epoch epoch) =>
        new RouterEpoch(routerId, epoch).Write(Entry(host, kind, head));

    /// <summary>A message without entries yet.</summary>
    public OutgoingMessage Whole(int host, MessageKind kind, ReadOnlySpan<byte> head, MessageFlags flags = MessageFlags.None)
    {
        OutgoingMessage message = EffectsFor(host).Add(host, bfd: false);
        new MessageHeader(kind, 0, flags, incarnation, Witnesses).Write(message.Room);
        message.Length = MessageHeader.Size;
        head.CopyTo(message.Room);
        message.Length += head.Length;
        return message;
    }

    public void Bfd(int host, in BfdPacket packet)
    {
        OutgoingMessage message = _effects.Add(host, bfd: true);
        packet.Write(message.Room);
        message.Length = BfdPacket.Size;
    }

    private OutgoingMessage? FindOpen(int host, MessageKind kind, int entry, ReadOnlySpan<byte> head)
    {
        GatewayEffects effects = EffectsFor(host);
        for (int i = effects.MessageCount - 1; i >= Math.Max(0, effects.MessageCount - Open); i--)
        {
            OutgoingMessage message = effects.Message(i);
            if (message.Host == host && message.CanTake(kind, entry) && message.Bytes.Slice(MessageHeader.Size, head.Length).SequenceEqual(head))
            {
                return message;
            }
        }

        return null;
    }

    private GatewayEffects EffectsFor(int host) => host == self ? _toSelf : _effects;
}
