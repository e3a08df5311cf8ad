using Vicinal.Packets;

namespace Vicinal.Deployment.Sites;

/// <summary>The provider network that routers have their gateways on.</summary>
/// <param name="PhysicalNetwork">Null: the first that a gateway node maps.</param>
/// <param name="Vlan">Its VLAN id; null for a flat network.</param>
/// <param name="Subnet">Of meaning to a lab, which plays the router upstream at <paramref name="Gateway"/>.</param>
public sealed record ExternalNetwork(Setting<string>? PhysicalNetwork, int? Vlan, IpPrefix? Subnet, IpAddress? Gateway);
