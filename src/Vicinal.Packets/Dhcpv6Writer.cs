using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>Writes a DHCPv6 message. What does not fit is left out whole.</summary>
public ref struct Dhcpv6Writer
{
    private readonly Span<byte> _message;

    /// <param name="message">All the room there is, at least <see cref="Dhcpv6Request.HeaderSize"/>.</param>
    public Dhcpv6Writer(Span<byte> message, Dhcpv6MessageType type, uint transactionId)
    {
        _message = message;
        BinaryPrimitives.WriteUInt32BigEndian(message, ((uint)type << 24) | (transactionId & 0xFF_FFFF));
        Length = Dhcpv6Request.HeaderSize;
    }

    public int Length { get; private set; }

    public bool TryAdd(ushort code, scoped ReadOnlySpan<byte> value)
    {
        if (value.Length > ushort.MaxValue || Length + Dhcpv6Options.HeaderSize + value.Length > _message.Length)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_message[Length..], code);
        BinaryPrimitives.WriteUInt16BigEndian(_message[(Length + 2)..], (ushort)value.Length);
        value.CopyTo(_message[(Length + Dhcpv6Options.HeaderSize)..]);
        Length += Dhcpv6Options.HeaderSize + value.Length;
        return true;
    }

    public bool TryAdd(ushort code, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return TryAdd(code, bytes);
    }

    public bool TryAdd(Dhcpv6Status status)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)status);
        return TryAdd(Dhcpv6OptionCode.StatusCode, bytes);
    }

    public bool TryAdd(IpAddress address, uint preferred, uint valid)
    {
        Span<byte> bytes = stackalloc byte[Dhcpv6Request.AddressSize];
        address.WriteIpv6(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], preferred);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[20..], valid);
        return TryAdd(Dhcpv6OptionCode.Address, bytes);
    }

    /// <summary>Begins an option whose value is what is added until <see cref="End"/>. False when there is no room for it.</summary>
    public bool TryBegin(ushort code, scoped ReadOnlySpan<byte> head, out int place)
    {
        place = Length;
        return TryAdd(code, head);
    }

    public readonly void End(int place) =>
        BinaryPrimitives.WriteUInt16BigEndian(_message[(place + 2)..], (ushort)(Length - place - Dhcpv6Options.HeaderSize));
}
