using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// Writes a DHCP reply into the space that the client takes. An option that does not fit any more is left out, and those that come
/// after it still may; room for the end is kept.
/// </summary>
public ref struct DhcpWriter
{
    private readonly Span<byte> _message;
    private readonly int _limit;

    /// <param name="message">At least <see cref="DhcpRequest.HeaderSize"/> and one octet.</param>
    public DhcpWriter(Span<byte> message, in DhcpRequest request, IpAddress clientAddress, IpAddress yourAddress, IpAddress nextServer)
    {
        _message = message;
        _limit = message.Length - 1;
        message[..DhcpRequest.HeaderSize].Clear();
        message[0] = DhcpRequest.BootReply;
        message[1] = 1;
        message[2] = MacAddress.Size;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], request.TransactionId);
        BinaryPrimitives.WriteUInt16BigEndian(message[10..], request.FieldFlags);
        clientAddress.WriteIpv4(message[12..]);
        yourAddress.WriteIpv4(message[16..]);
        nextServer.WriteIpv4(message[20..]);
        request.ClientMac.Write(message[28..]);
        BinaryPrimitives.WriteUInt32BigEndian(message[(DhcpRequest.HeaderSize - 4)..], DhcpRequest.MagicCookie);
        Length = DhcpRequest.HeaderSize;
    }

    public int Length { get; private set; }

    /// <summary>The file field, for clients that look there instead of at option 67.</summary>
    public readonly void WriteFile(scoped ReadOnlySpan<byte> name)
    {
        Span<byte> file = _message.Slice(108, 128);
        if (name.Length < file.Length)
        {
            name.CopyTo(file);
        }
    }

    /// <summary>False when there is no room, or for more than an option can hold.</summary>
    public bool TryAdd(byte code, scoped ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.Length > byte.MaxValue || Length + 2 + value.Length > _limit)
        {
            return false;
        }

        _message[Length] = code;
        _message[Length + 1] = (byte)value.Length;
        value.CopyTo(_message[(Length + 2)..]);
        Length += 2 + value.Length;
        return true;
    }

    public bool TryAdd(byte code, byte value) => TryAdd(code, [value]);

    public bool TryAdd(byte code, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return TryAdd(code, bytes);
    }

    public bool TryAdd(byte code, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return TryAdd(code, bytes);
    }

    public bool TryAdd(byte code, IpAddress address) => TryAdd(code, address.Ipv4Value);

    /// <summary>Names are ASCII here; what is not is left out.</summary>
    public bool TryAdd(byte code, string text)
    {
        Span<byte> bytes = stackalloc byte[byte.MaxValue];
        return text.Length <= bytes.Length
            && System.Text.Ascii.FromUtf16(text, bytes, out int written) == System.Buffers.OperationStatus.Done
            && TryAdd(code, bytes[..written]);
    }

    /// <summary>Ends the message, which is padded to what BOOTP's own was (RFC 951), as old clients want it.</summary>
    /// <returns>Its length.</returns>
    public int Finish()
    {
        const int Least = 300;
        _message[Length++] = DhcpOptionCode.End;
        int padded = Math.Clamp(Least, Length, _message.Length);
        _message[Length..padded].Clear();
        Length = padded;
        return padded;
    }
}
