using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>
/// A network on this node: its row, and everything that refers to it, which may come before the row. Without the row nothing
/// passes.
/// </summary>
internal sealed class Segment(Guid networkId, uint number, Generations generations)
{
    public Guid NetworkId { get; } = networkId;

    /// <summary>Names the segment to the neighbour table; not used twice, and never 0.</summary>
    public uint Number { get; } = number;

    public SegmentRow? Row { get; set; }

    /// <summary>The index of the physical network, or -1: tunnelled, or no bridge mapping here.</summary>
    public int Physical { get; set; } = -1;

    public bool IsProvider => Row is { IsTunnelled: false };

    public bool IsUp => Row is { AdminUp: true };

    public ClaimIndex<MacAddress, Endpoint> EndpointsByMac { get; } = new();

    public ClaimIndex<IpAddress, Endpoint> EndpointsByAddress { get; } = new();

    /// <summary>Other nodes that host endpoints of this segment, with how many.</summary>
    public Dictionary<RemoteNode, int> EndpointNodes { get; } = [];

    /// <summary>Other nodes that host endpoints with port security off, which hear unknown unicast, with how many.</summary>
    public Dictionary<RemoteNode, int> AnyAddressNodes { get; } = [];

    /// <summary>MACs of allowed address pairs, which several ports may share: nobody can say who speaks with it just now.</summary>
    public Dictionary<MacAddress, SharedMac> SharedMacs { get; } = [];

    public List<LocalPort> LocalPorts { get; } = [];

    public ClaimIndex<MacAddress, LocalPort> LocalPortsByMac { get; } = new();

    /// <summary>Where a provider network's own ports need no asking on the wire.</summary>
    public ClaimIndex<IpAddress, LocalPort> LocalPortsByAddress { get; } = new();

    public List<RouterInterface> Interfaces { get; } = [];

    public ClaimIndex<MacAddress, RouterInterface> InterfacesByMac { get; } = new();

    public ClaimIndex<IpAddress, RouterInterface> InterfacesByAddress { get; } = new();

    /// <summary>The gateways and floating IPs of this external segment, wherever they are served.</summary>
    public HashSet<ProviderOwner> ProviderOwners { get; } = [];

    /// <summary>Floating IPs, gateways and interfaces that this node answers for on the wire.</summary>
    public ClaimIndex<MacAddress, ProviderOwner> OwnersByMac { get; } = new();

    public ClaimIndex<IpAddress, ProviderOwner> OwnersByAddress { get; } = new();

    /// <summary>Floating IPs that this node owned a moment ago, and that switches may still send here. Never answered for.</summary>
    public Dictionary<MacAddress, StaticNat> Lingering { get; } = [];

    /// <summary>By MAC or address, for decisions that depend on whether an owner of it is here.</summary>
    public SlotBuckets OwnerSlots { get; } = new(generations);

    /// <summary>By id; what its instances are told.</summary>
    public SortedList<Guid, SubnetRow> Subnets { get; } = [];

    /// <summary>The same without the ids, in an order that does not depend on how they came.</summary>
    public IList<SubnetRow> SubnetList => Subnets.Values;

    public SegmentAdvertisements Advertisements { get; } = new();

    public NameTable Names { get; } = new();

    public bool IsEmpty => Row is null && Subnets.Count == 0 && Names.IsEmpty
        && EndpointsByMac.Count == 0 && LocalPorts.Count == 0 && Interfaces.Count == 0 && ProviderOwners.Count == 0;

    public SharedMac Share(MacAddress mac)
    {
        ref SharedMac? shared = ref CollectionsMarshal.GetValueRefOrAddDefault(SharedMacs, mac, out _);
        return shared ??= new SharedMac();
    }

    public void ReleaseShared(MacAddress mac)
    {
        if (SharedMacs.TryGetValue(mac, out SharedMac? shared) && shared.IsEmpty)
        {
            SharedMacs.Remove(mac);
        }
    }

    public void AddNode(RemoteNode node, bool anyAddress)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(EndpointNodes, node, out _)++;
        if (anyAddress)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(AnyAddressNodes, node, out _)++;
        }
    }

    public void RemoveNode(RemoteNode node, bool anyAddress)
    {
        Decrease(EndpointNodes, node);
        if (anyAddress)
        {
            Decrease(AnyAddressNodes, node);
        }
    }

    private static void Decrease(Dictionary<RemoteNode, int> counts, RemoteNode node)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(counts, node);
        if (--count == 0)
        {
            counts.Remove(node);
        }
    }
}
