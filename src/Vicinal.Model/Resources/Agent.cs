using Vicinal.Packets;

namespace Vicinal.Model.Resources;

public readonly record struct BridgeMapping(string PhysicalNetwork, string Interface);

/// <summary>
/// A node as its agent reported it. Liveness is not here: heartbeats would make a durable write each, so the server keeps
/// the time it last heard an agent beside the topology.
/// </summary>
public sealed record Agent : Resource
{
    public required string Host { get; init; }

    public IpAddress TunnelAddress { get; init; }

    /// <summary>dvr, dvr_snat, dvr_no_external or legacy.</summary>
    public string Mode { get; init; } = "dvr";

    public ValueList<BridgeMapping> BridgeMappings { get; init; }

    public bool AdminStateUp { get; init; } = true;

    public string AvailabilityZone { get; init; } = "nova";

    public DateTimeOffset StartedAt { get; init; }
}
