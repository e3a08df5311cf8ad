using Vicinal.Packets;

namespace Vicinal.Devices.Netlink;

/// <summary>An interface as rtnetlink tells of it.</summary>
public sealed record LinkInfo
{
    /// <summary>Stays with the interface through renames; another interface may get it after this one is gone.</summary>
    public required int Index { get; init; }

    public required string Name { get; init; }

    /// <summary>Zero for an interface that is not Ethernet.</summary>
    public MacAddress MacAddress { get; init; }

    public int Mtu { get; init; }

    /// <summary>IFF_UP: set up by the administrator.</summary>
    public bool IsUp { get; init; }

    /// <summary>IFF_RUNNING: up, with a carrier that the kernel has taken note of; for a veth, its peer is up too. Before that, frames sent are lost.</summary>
    public bool HasCarrier { get; init; }

    public bool IsLoopback { get; init; }

    /// <summary>"veth", "bridge", "tun" and so on; empty for hardware.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The bridge or bond that this interface is part of, or 0.</summary>
    public int MasterIndex { get; init; }

    /// <summary>A veth's peer or a VLAN's parent, in its own namespace's numbering; or 0.</summary>
    public int ParentIndex { get; init; }

    /// <summary>What `ip link set alias` wrote, or empty.</summary>
    public string Alias { get; init; } = "";
}
