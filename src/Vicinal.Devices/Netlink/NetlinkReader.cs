using System.Runtime.InteropServices;
using System.Text;
using Vicinal.Packets;

namespace Vicinal.Devices.Netlink;

/// <summary>
/// Walks the messages of one datagram. A message whose length does not fit ends the walk: what follows cannot be trusted. Views point into
/// the buffer.
/// </summary>
internal ref struct NetlinkReader(ReadOnlySpan<byte> datagram)
{
    private const int HeaderSize = 16;

    private ReadOnlySpan<byte> _rest = datagram;

    public ushort Type { get; private set; }

    public ushort Flags { get; private set; }

    public uint Sequence { get; private set; }

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    public bool Next()
    {
        if (_rest.Length < HeaderSize)
        {
            return false;
        }

        uint length = MemoryMarshal.Read<uint>(_rest);
        if (length < HeaderSize || length > (uint)_rest.Length)
        {
            return false;
        }

        Type = MemoryMarshal.Read<ushort>(_rest[4..]);
        Flags = MemoryMarshal.Read<ushort>(_rest[6..]);
        Sequence = MemoryMarshal.Read<uint>(_rest[8..]);
        Body = _rest[HeaderSize..(int)length];
        _rest = _rest[Math.Min(NetlinkMessage.Align((int)length), _rest.Length)..];
        return true;
    }
}

/// <summary>Walks the attributes behind a message's fixed part, or inside a nest; ends at the first whose length does not fit.</summary>
internal ref struct AttributeReader(ReadOnlySpan<byte> attributes)
{
    private const int HeaderSize = 4;

    /// <summary>NLA_TYPE_MASK: without the nested and byte-order flags.</summary>
    private const ushort TypeMask = 0x3FFF;

    private ReadOnlySpan<byte> _rest = attributes;

    public ushort Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        if (_rest.Length < HeaderSize)
        {
            return false;
        }

        int length = MemoryMarshal.Read<ushort>(_rest);
        if (length < HeaderSize || length > _rest.Length)
        {
            return false;
        }

        Type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask);
        Value = _rest[HeaderSize..length];
        _rest = _rest[Math.Min(NetlinkMessage.Align(length), _rest.Length)..];
        return true;
    }

    /// <summary>The value as a host-order number, or 0 when it is too short for one.</summary>
    public readonly uint UInt32 => Value.Length >= 4 ? MemoryMarshal.Read<uint>(Value) : 0;

    public readonly ushort UInt16 => Value.Length >= 2 ? MemoryMarshal.Read<ushort>(Value) : (ushort)0;

    public readonly byte Byte => Value.Length >= 1 ? Value[0] : (byte)0;

    /// <summary>Up to the first zero.</summary>
    public readonly string String
    {
        get
        {
            int end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    /// <summary>Zero unless the value is an Ethernet address.</summary>
    public readonly MacAddress Mac => Value.Length == MacAddress.Size ? MacAddress.Read(Value) : default;

    public readonly IpAddress? Address => Value.Length switch
    {
        4 => IpAddress.ReadIpv4(Value),
        16 => IpAddress.ReadIpv6(Value),
        _ => null,
    };
}
