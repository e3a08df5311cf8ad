using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Flows;

/// <summary>The numbers are also those of a packet's source.</summary>
public enum FlowInputKind : byte
{
    None = 0,
    LocalPort = 1,
    Tunnel = 2,
    Physical = 3,
    Host = 4,

    /// <summary>Only while it is looked up: these flows are never cached.</summary>
    Service = 5,
}

/// <summary>Where a packet came in.</summary>
/// <param name="Index">The device of a port, the VNI of a tunnel packet, the index of a physical network.</param>
/// <param name="Peer">The node's number for the far end of the tunnel, since who may send what depends on it; else 0.</param>
public readonly record struct FlowInput(FlowInputKind Kind, uint Index, uint Peer = 0)
{
    private const int EncapsulationBits = 3;

    /// <summary>The encapsulation stands in the peer's number: a VNI is one network's in one encapsulation only.</summary>
    /// <param name="number">The node's own for the peer, as <see cref="TunnelPeer"/> has it.</param>
    public static uint PeerOf(uint number, Encapsulation encapsulation) => (number << EncapsulationBits) | (uint)encapsulation;

    public static uint NumberOf(uint peer) => peer >> EncapsulationBits;

    public static Encapsulation EncapsulationOf(uint peer) => (Encapsulation)(peer & ((1 << EncapsulationBits) - 1));
}

/// <summary>
/// Everything of a packet that a decision may rest on, and nothing that can be derived. Exact: no field is ever masked. 64 bytes,
/// one cache line, the same in C# and in a kernel map; addresses and numbers in host order, MACs as on the wire.
/// Lengths, TTL and TCP flags are not in it but among an action's preconditions; fragments, options, ARP, ICMP errors and
/// everything of neighbour discovery never have a key.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size, Pack = 8)]
public struct FlowKey : IEquatable<FlowKey>
{
    public const int Size = 64;

    /// <summary>Set in <see cref="Vlan"/> for a tagged frame, priority-tagged ones included; no VLAN id reaches it.</summary>
    public const ushort VlanPresent = 0x1000;

    [FieldOffset(0)]
    public IpAddress Source;

    [FieldOffset(16)]
    public IpAddress Destination;

    [FieldOffset(32)]
    public uint InputIndex;

    [FieldOffset(36)]
    public uint InputPeer;

    /// <summary>For an ICMP query its identifier.</summary>
    [FieldOffset(40)]
    public ushort SourcePort;

    /// <summary>For an ICMP query type * 256 + code.</summary>
    [FieldOffset(42)]
    public ushort DestinationPort;

    [FieldOffset(44)]
    public ushort EtherType;

    /// <summary>12 bits of id and <see cref="VlanPresent"/>; priority is not part of a flow.</summary>
    [FieldOffset(46)]
    public ushort Vlan;

    [FieldOffset(48)]
    public PackedMac DestinationMac;

    [FieldOffset(54)]
    public PackedMac SourceMac;

    [FieldOffset(60)]
    public FlowInputKind InputKind;

    [FieldOffset(61)]
    public byte Protocol;

    /// <summary>Zero. It keeps the key free of padding, which a kernel map would compare.</summary>
    [FieldOffset(62)]
    public ushort Reserved;

    // The last four words as they are written and hashed; narrower stores would have to settle before a word could be read again.
    [FieldOffset(32)]
    private ulong _inputWord;

    [FieldOffset(40)]
    private ulong _portWord;

    [FieldOffset(48)]
    private ulong _macWord;

    [FieldOffset(56)]
    private ulong _lastWord;

    public readonly FlowInput Input => new(InputKind, InputIndex, InputPeer);

    /// <summary>False for a packet that each time needs a walk of its own.</summary>
    [SkipLocalsInit]
    public static bool TryFrom(in PacketHeaders h, in FlowInput input, out FlowKey key)
    {
        const HeaderFlags Uncached = HeaderFlags.Fragment | HeaderFlags.Options | HeaderFlags.IcmpError;
        if ((h.Flags & Uncached) != 0 || h.IsArp || !HasWholeTransport(in h))
        {
            key = default;
            return false;
        }

        // Headers of what is not IP have no addresses and no ports.
        bool query = h.IsIcmpQuery;
        ushort source = query ? h.IcmpId : h.SourcePort;
        ushort destination = query ? (ushort)((h.IcmpType << 8) | h.IcmpCode) : h.DestinationPort;
        ushort vlan = h.HasVlan ? (ushort)(VlanPresent | h.VlanId) : (ushort)0;
        ulong sourceMac = h.SourceMac.Value;

        // Word by word into its place: a temporary would be copied in wider pieces than it was written in.
        Unsafe.SkipInit(out key);
        ref ulong words = ref Unsafe.As<FlowKey, ulong>(ref key);
        words = h.Source.High;
        Unsafe.Add(ref words, 1) = h.Source.Low;
        Unsafe.Add(ref words, 2) = h.Destination.High;
        Unsafe.Add(ref words, 3) = h.Destination.Low;
        key._inputWord = Words.Join(input.Index, input.Peer);
        key._portWord = Words.Join(Words.Join(source, destination), Words.Join(h.EtherType, vlan));
        key._macWord = Words.FromWire((h.DestinationMac.Value << 16) | (sourceMac >> 32));
        key._lastWord = Words.Join(Words.FromWire((uint)sourceMac), Words.Join(Words.Join((byte)input.Kind, h.Protocol), 0));
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong HashWith(in KeyedHash hash)
    {
        ref readonly ulong words = ref Unsafe.As<FlowKey, ulong>(ref Unsafe.AsRef(in this));
        ref ulong w = ref Unsafe.AsRef(in words);
        return hash.Of(
            w, Unsafe.Add(ref w, 1), Unsafe.Add(ref w, 2), Unsafe.Add(ref w, 3),
            Unsafe.Add(ref w, 4), Unsafe.Add(ref w, 5), Unsafe.Add(ref w, 6), Unsafe.Add(ref w, 7));
    }

    /// <summary>Words and not vectors: a key that was just written word by word can be read again at once only so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Matches(in FlowKey other)
    {
        ref ulong a = ref Unsafe.As<FlowKey, ulong>(ref Unsafe.AsRef(in this));
        ref ulong b = ref Unsafe.As<FlowKey, ulong>(ref Unsafe.AsRef(in other));
        ulong difference = (a ^ b) | (Unsafe.Add(ref a, 1) ^ Unsafe.Add(ref b, 1))
            | (Unsafe.Add(ref a, 2) ^ Unsafe.Add(ref b, 2)) | (Unsafe.Add(ref a, 3) ^ Unsafe.Add(ref b, 3))
            | (Unsafe.Add(ref a, 4) ^ Unsafe.Add(ref b, 4)) | (Unsafe.Add(ref a, 5) ^ Unsafe.Add(ref b, 5))
            | (Unsafe.Add(ref a, 6) ^ Unsafe.Add(ref b, 6)) | (Unsafe.Add(ref a, 7) ^ Unsafe.Add(ref b, 7));
        return difference == 0;
    }

    public readonly bool Equals(FlowKey other) => Matches(in other);

    public override readonly bool Equals(object? obj) => obj is FlowKey other && Matches(in other);

    public override readonly int GetHashCode() => (int)HashWith(new KeyedHash(0));

    public static bool operator ==(in FlowKey a, in FlowKey b) => a.Matches(in b);

    public static bool operator !=(in FlowKey a, in FlowKey b) => !a.Matches(in b);

    public override readonly string ToString() =>
        $"{InputKind}:{InputIndex} {SourceMac} > {DestinationMac} {EtherType:x4} {Source}:{SourcePort} > {Destination}:{DestinationPort} proto {Protocol}";

    /// <summary>Where a protocol has ports they must be known; of ICMP only queries mean the same each time.</summary>
    private static bool HasWholeTransport(in PacketHeaders h)
    {
        if (!h.IsIp)
        {
            return true;
        }

        return h.Protocol == (h.IsIpv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6) ? h.IsIcmpQuery
            : !IpProtocol.HasPorts(h.Protocol) || h.HasTransport;
    }
}
