using Vicinal.Packets;

namespace Vicinal.Model.Resources;

public readonly record struct BridgeMapping(string PhysicalNetwork, string Interface);

/// <summary>
/// A node as its agent reported it. When it was last heard is not here: heartbeats would make a durable write each, so the
/// server keeps the time beside the topology and notes only that it has given up on an agent.
/// </summary>
public sealed record Agent : Resource
{
    public required string Host { get; init; }

    public IpAddress TunnelAddress { get; init; }

    /// <summary>dvr, dvr_snat, dvr_no_external or legacy.</summary>
    public string Mode { get; init; } = "dvr";

    public ValueList<BridgeMapping> BridgeMappings { get; init; }

    /// <summary>The encapsulations that the node has an end of, as provider:network_type; those of an agent that does not say.</summary>
    public ValueList<string> TunnelTypes { get; init; } = ["geneve", "vxlan"];

    public bool AdminStateUp { get; init; } = true;

    /// <summary>The server has given up waiting to hear of it: it keeps what it serves and gets nothing new until its next report.</summary>
    public bool Unreachable { get; init; }

    public string AvailabilityZone { get; init; } = "nova";

    public DateTimeOffset StartedAt { get; init; }
}
