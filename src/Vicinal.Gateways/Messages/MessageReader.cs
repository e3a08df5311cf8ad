namespace Vicinal.Gateways.Messages;

/// <summary>A control message whose length is exactly what its kind and count say; anything else does not open.</summary>
internal readonly ref struct MessageReader
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly MessageLayout _layout;

    private MessageReader(MessageHeader header, MessageLayout layout, ReadOnlySpan<byte> body)
    {
        Header = header;
        _layout = layout;
        _body = body;
    }

    public MessageHeader Header { get; }

    public int Count => Header.Count;

    /// <summary>What comes before the entries.</summary>
    public ReadOnlySpan<byte> Fixed => _body[.._layout.Fixed];

    public static bool TryOpen(ReadOnlySpan<byte> message, out MessageReader reader)
    {
        reader = default;
        if (!MessageHeader.TryRead(message, out MessageHeader header) || !MessageLayout.TryFind(header.Kind, out MessageLayout layout))
        {
            return false;
        }

        ReadOnlySpan<byte> body = message[MessageHeader.Size..];
        if (body.Length != layout.Fixed + (layout.Entry * header.Count) || (layout.Entry == 0 && header.Count != 0))
        {
            return false;
        }

        reader = new MessageReader(header, layout, body);
        return true;
    }

    public ReadOnlySpan<byte> Entry(int index) => _body.Slice(_layout.Fixed + (index * _layout.Entry), _layout.Entry);
}
