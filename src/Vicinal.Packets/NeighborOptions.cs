using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// The options of a neighbour discovery message (RFC 4861 section 4.6): type, length in units of eight bytes, value. Enumerates
/// without allocating; bounded by the bytes, since every option takes at least eight.
/// </summary>
public ref struct NeighborOptions(ReadOnlySpan<byte> options)
{
    public const byte SourceLinkLayer = 1;
    public const byte TargetLinkLayer = 2;
    public const byte PrefixInformation = 3;
    public const byte RedirectedHeader = 4;
    public const byte Mtu = 5;
    public const byte RouteInformation = 24;
    public const byte RecursiveDnsServer = 25;
    public const byte DnsSearchList = 31;

    /// <summary>Bytes of a link-layer address option for Ethernet.</summary>
    public const int LinkLayerSize = 8;

    private ReadOnlySpan<byte> _rest = options;

    public byte Type { get; private set; }

    /// <summary>The whole option, type and length included.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>An option of length zero, or beyond the message; RFC 4861 section 7.1 has the whole message dropped.</summary>
    public bool IsMalformed { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty || IsMalformed)
        {
            return false;
        }

        int length = _rest.Length < 2 ? 0 : _rest[1] * 8;
        if (length == 0 || length > _rest.Length)
        {
            IsMalformed = true;
            return false;
        }

        Type = _rest[0];
        Current = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    /// <summary>
    /// Checks all options and finds the link-layer address of one type; several that disagree are as bad as a broken one, since two
    /// readers could believe two different ones.
    /// </summary>
    public static bool TryFindLinkLayer(ReadOnlySpan<byte> options, byte type, out MacAddress? mac)
    {
        mac = null;
        NeighborOptions walk = new(options);
        while (walk.MoveNext())
        {
            if (walk.Type != type)
            {
                continue;
            }

            MacAddress found = MacAddress.Read(walk.Current[2..]);
            if (walk.Current.Length != LinkLayerSize || (mac is not null && mac != found))
            {
                return false;
            }

            mac = found;
        }

        return !walk.IsMalformed;
    }

    public static void WriteLinkLayer(Span<byte> target, byte type, MacAddress mac)
    {
        mac.Write(target[2..]);
        target[0] = type;
        target[1] = 1;
    }

    public static void WriteMtu(Span<byte> target, int mtu)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], (uint)mtu);
        BinaryPrimitives.WriteUInt32BigEndian(target, ((uint)Mtu << 24) | (1 << 16));
    }
}
