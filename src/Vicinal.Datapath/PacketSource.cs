using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

public enum PacketSourceKind : byte
{
    LocalPort = 1,
    Tunnel = 2,
    Physical = 3,

    /// <summary>A frame that the node's own stack sent on a shared NIC.</summary>
    Host = 4,

    /// <summary>The node's own sockets for instances.</summary>
    Service = 5,
}

/// <summary>Where a packet came in.</summary>
public readonly record struct PacketSource
{
    private PacketSource(PacketSourceKind kind, int index)
    {
        Kind = kind;
        Index = index;
    }

    public PacketSourceKind Kind { get; }

    /// <summary>The device of a local port, or the index of a physical network.</summary>
    public int Index { get; }

    /// <summary>The outer source address of a tunnel packet.</summary>
    public IpAddress Remote { get; private init; }

    public Encapsulation Encapsulation { get; private init; }

    /// <summary>The outer TOS or traffic class; its ECN bits are merged into the inner header (RFC 6040).</summary>
    public byte Tos { get; private init; }

    /// <summary>Of a tunnel packet whose header is off.</summary>
    internal uint Vni { get; init; }

    /// <summary>Of a reassembled packet: the longest of the fragments that it came in, by layer-3 length.</summary>
    internal int LargestFragment { get; init; }

    /// <summary>Of a reassembled packet: its fragments must not be made smaller.</summary>
    internal bool DontFragment { get; init; }

    internal uint FragmentId { get; init; }

    public static PacketSource LocalPort(int device) => new(PacketSourceKind.LocalPort, device);

    /// <summary>The packet begins at the tunnel header (Geneve, VXLAN, GRE), behind the outer IP and UDP headers.</summary>
    public static PacketSource Tunnel(IpAddress remote, byte tos, Encapsulation encapsulation = Encapsulation.Geneve) =>
        new(PacketSourceKind.Tunnel, 0) { Remote = remote, Tos = tos, Encapsulation = encapsulation };

    public static PacketSource Physical(int index) => new(PacketSourceKind.Physical, index);

    public static PacketSource Host(int index) => new(PacketSourceKind.Host, index);

    public static PacketSource Service() => new(PacketSourceKind.Service, 0);
}
