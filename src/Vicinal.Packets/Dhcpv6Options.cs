using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// The options of a DHCPv6 message or of an option that holds others (RFC 8415 section 21.1). Enumerates without allocating and
/// never beyond the octets: an option that says it is longer makes the whole malformed.
/// </summary>
public ref struct Dhcpv6Options(ReadOnlySpan<byte> options)
{
    public const int HeaderSize = 4;

    private ReadOnlySpan<byte> _rest = options;

    public ushort Code { get; private set; }

    /// <summary>Without code and length.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool IsMalformed { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        int length = _rest.Length < HeaderSize ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        if (length > _rest.Length - HeaderSize)
        {
            IsMalformed = true;
            _rest = default;
            return false;
        }

        Code = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        Value = _rest.Slice(HeaderSize, length);
        _rest = _rest[(HeaderSize + length)..];
        return true;
    }

    public static bool AreSound(ReadOnlySpan<byte> options)
    {
        Dhcpv6Options walk = new(options);
        while (walk.MoveNext())
        {
        }

        return !walk.IsMalformed;
    }
}
