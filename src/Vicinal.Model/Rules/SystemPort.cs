using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>A port that a router or a floating IP needs.</summary>
public sealed record SystemPort
{
    public required Guid NetworkId { get; init; }

    public required string DeviceOwner { get; init; }

    /// <summary>The router's or floating IP's id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Empty for gateway and floating-IP ports: they are the system's.</summary>
    public string ProjectId { get; init; } = "";

    public string Name { get; init; } = "";

    public MacAddress? MacAddress { get; init; }

    /// <summary>Null for one address of each family.</summary>
    public IReadOnlyList<FixedIpRequest>? FixedIps { get; init; }

    /// <summary>A router's port is in no single place and needs no wiring: it is there when it is made.</summary>
    public string Status { get; init; } = PortStatus.Active;
}
