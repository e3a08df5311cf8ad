using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A virtual router as every node of its routing domain holds it.</summary>
internal sealed class Router(Guid id, uint slot, uint zone, Generations generations)
{
    public Guid Id { get; } = id;

    public RouterRow? Row { get; set; }

    /// <summary>Bumped when interfaces, routes or the gateway change.</summary>
    public uint Slot { get; } = slot;

    /// <summary>Where translated connections are tracked, on its gateway nodes.</summary>
    public uint Zone { get; } = zone;

    public bool IsUp => Row is { AdminUp: true };

    /// <summary>The gateway node that serves; null while none is scheduled, or none is known to have won.</summary>
    public RemoteNode? ActiveGateway { get; set; }

    /// <summary>Under what that node serves.</summary>
    public GatewayLease Lease { get; set; }

    /// <summary>This node serves what of the router is not distributed, as long as the lease holds.</summary>
    public bool IsServedHere => ActiveGateway is { IsSelf: true };

    /// <summary>This node routes for its own ports. False: a router that is not distributed, or a node that leaves all routing to gateway nodes.</summary>
    public bool IsDistributedHere { get; set; }

    /// <summary>Of the gateway nodes, or the one that serves: its translated connections are kept here. Null elsewhere.</summary>
    public ZoneRole? ZoneRole { get; set; }

    public Dictionary<Guid, RouterInterface> Interfaces { get; } = [];

    public Dictionary<RowKey, RouteRow> Routes { get; } = [];

    public Gateway? Gateway { get; set; }

    /// <summary>Whose next hops are watched for it.</summary>
    public Gateway? WatchedGateway { get; set; }

    public Dictionary<Guid, StaticNat> StaticNats { get; } = [];

    public ClaimIndex<IpAddress, StaticNat> StaticNatsByFixedAddress { get; } = new();

    /// <summary>By fixed address, for decisions that depend on whether that has a floating IP.</summary>
    public SlotBuckets NatSlots { get; } = new(generations);

    public Fib Fib { get; } = new();

    public Origin Origin => new(OriginKind.Router, Id);

    public bool IsEmpty => Row is null && Interfaces.Count == 0 && Routes.Count == 0 && Gateway is null && StaticNats.Count == 0;

    /// <summary>What the router itself answers to: its interfaces' and its gateway's addresses.</summary>
    public HashSet<IpAddress> OwnAddresses { get; } = [];

    public void RebuildFib()
    {
        Fib.Rebuild(Interfaces.Values, Routes.Values, Gateway);
        OwnAddresses.Clear();
        OwnAddresses.UnionWith(Interfaces.Values.SelectMany(i => i.Row.Addresses).Select(a => a.Address));
        OwnAddresses.UnionWith(Interfaces.Values.Select(i => i.LinkLocal));
        OwnAddresses.UnionWith(Gateway?.Addresses ?? []);
    }
}
