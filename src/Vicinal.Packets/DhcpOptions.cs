namespace Vicinal.Packets;

/// <summary>
/// The options of a DHCP message (RFC 2132 section 2): code, length, value. Enumerates without allocating and never beyond the
/// message: an option that says it is longer makes the whole malformed.
/// </summary>
public ref struct DhcpOptions(ReadOnlySpan<byte> options)
{
    private ReadOnlySpan<byte> _rest = options;

    public byte Code { get; private set; }

    /// <summary>Without code and length.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool IsMalformed { get; private set; }

    public bool MoveNext()
    {
        while (!_rest.IsEmpty && _rest[0] == DhcpOptionCode.Pad)
        {
            _rest = _rest[1..];
        }

        if (_rest.IsEmpty || _rest[0] == DhcpOptionCode.End)
        {
            return false;
        }

        if (_rest.Length < 2 || _rest[1] > _rest.Length - 2)
        {
            IsMalformed = true;
            _rest = default;
            return false;
        }

        Code = _rest[0];
        Value = _rest.Slice(2, _rest[1]);
        _rest = _rest[(2 + Value.Length)..];
        return true;
    }

    /// <summary>The value of the first option with the code; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> options, byte code)
    {
        DhcpOptions walk = new(options);
        while (walk.MoveNext())
        {
            if (walk.Code == code)
            {
                return walk.Value;
            }
        }

        return default;
    }
}
