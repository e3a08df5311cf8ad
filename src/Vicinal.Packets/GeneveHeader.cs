using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// Geneve (RFC 8926 section 3.4) with the one option this fabric uses.
/// <code>
/// |Ver|  Opt Len  |O|C|    Rsvd.  |          Protocol Type        |
/// |        Virtual Network Identifier (VNI)       |    Reserved   |
/// |          Option Class         |      Type     |R|R|R| Length  |
/// |R|      Ingress port key       |         Egress port key       |
/// </code>
/// The port keys are a hint for tracing, verified against the inner MAC and never trusted.
/// </summary>
/// <param name="ProtocolType">What is carried; <see cref="EtherType.TransparentBridging"/> for Ethernet.</param>
/// <param name="HasPortKeys">The option is there; without it both keys are 0.</param>
/// <param name="IngressPortKey">15 bits.</param>
public readonly record struct GeneveHeader(
    uint Vni, ushort ProtocolType, bool IsControl, bool HasPortKeys, ushort IngressPortKey, ushort EgressPortKey)
{
    public const ushort UdpPort = 6081;
    public const int BaseSize = 8;

    /// <summary>With the port-key option.</summary>
    public const int SizeWithPortKeys = 16;

    /// <summary>The option length field counts up to 63 words.</summary>
    public const int MaxSize = BaseSize + (63 * 4);

    public const ushort PortKeyClass = 0x0102;
    public const byte PortKeyType = 0x80;

    /// <summary>A header for an Ethernet frame between two ports.</summary>
    public GeneveHeader(uint vni, ushort ingressPortKey, ushort egressPortKey)
        : this(vni, EtherType.TransparentBridging, false, true, ingressPortKey, egressPortKey)
    {
    }

    public int Size => HasPortKeys ? SizeWithPortKeys : BaseSize;

    /// <summary>
    /// Reads header and options; <paramref name="size"/> is where the inner frame begins. Unknown options are skipped unless they are
    /// critical: RFC 8926 section 3.5 has such a packet dropped, as is one whose options do not add up.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out GeneveHeader header, out int size)
    {
        header = default;
        size = 0;
        if (payload.Length < BaseSize || payload[0] >> 6 != 0)
        {
            return false;
        }

        size = BaseSize + ((payload[0] & 0x3F) * 4);
        if (size > payload.Length || !TryReadPortKeys(payload[BaseSize..size], out bool found, out uint keys))
        {
            return false;
        }

        header = new GeneveHeader(
            BinaryPrimitives.ReadUInt32BigEndian(payload[4..]) >> 8,
            BinaryPrimitives.ReadUInt16BigEndian(payload[2..]),
            (payload[1] & 0x80) != 0,
            found,
            (ushort)((keys >> 16) & 0x7FFF),
            (ushort)keys);
        return true;
    }

    /// <summary>Writes <see cref="Size"/> bytes. Our option is critical: a receiver that knows the class by another meaning must not guess.</summary>
    public void Write(Span<byte> target)
    {
        target[0] = HasPortKeys ? (byte)2 : (byte)0;
        target[1] = (byte)((IsControl ? 0x80 : 0) | (HasPortKeys ? 0x40 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], ProtocolType);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], Vni << 8);
        if (HasPortKeys)
        {
            BinaryPrimitives.WriteUInt16BigEndian(target[8..], PortKeyClass);
            target[10] = PortKeyType;
            target[11] = 1;
            BinaryPrimitives.WriteUInt32BigEndian(target[12..], ((uint)(IngressPortKey & 0x7FFF) << 16) | EgressPortKey);
        }
    }

    private static bool TryReadPortKeys(ReadOnlySpan<byte> options, out bool found, out uint keys)
    {
        found = false;
        keys = 0;
        while (!options.IsEmpty)
        {
            int length = 4 + ((options[3] & 0x1F) * 4);
            if (length > options.Length)
            {
                return false;
            }

            bool ours = BinaryPrimitives.ReadUInt16BigEndian(options) == PortKeyClass && options[2] == PortKeyType;
            if (ours && (found || length != 8))
            {
                return false;
            }

            if (ours)
            {
                found = true;
                keys = BinaryPrimitives.ReadUInt32BigEndian(options[4..]);
            }
            else if ((options[2] & 0x80) != 0)
            {
                return false;
            }

            options = options[length..];
        }

        return true;
    }
}
