using Vicinal.Packets;

namespace Vicinal.Model.Resources;

/// <summary>A router's external_gateway_info; the addresses are those of the gateway port.</summary>
public sealed record GatewayInfo(Guid NetworkId, Guid PortId, bool EnableSnat);

/// <summary>A node that was chosen for what of a router is not distributed; the highest priority that lives serves.</summary>
public readonly record struct GatewayBinding(string Host, int Priority);

public sealed record Router : Resource
{
    public bool AdminStateUp { get; init; } = true;

    public bool Distributed { get; init; } = true;

    public bool Ha { get; init; }

    public GatewayInfo? Gateway { get; init; }

    public ValueList<HostRoute> Routes { get; init; }

    /// <summary>By falling priority; empty while no eligible node exists.</summary>
    public ValueList<GatewayBinding> GatewayBindings { get; init; }

    /// <summary>Rises with each change of <see cref="GatewayBindings"/>, so that nodes can tell the newer choice from the older.</summary>
    public uint Schedule { get; init; }

    /// <summary>So many nodes the operator gave it by hand; null: as many as its kind and the settings say.</summary>
    public int? GatewayCount { get; init; }

    /// <summary>Null unless the router is changing its kind while it serves.</summary>
    public MigrationState? Migration { get; init; }

    /// <summary>Zones that the gateway should stand in; empty for any.</summary>
    public ValueList<string> AvailabilityZoneHints { get; init; }

    /// <summary>Tunnel key of the way from computes to the gateway node; from the space of Geneve networks.</summary>
    public uint TransitVni { get; init; }

    public RouterKind Kind => new(Distributed, Ha);
}
