using Vicinal.Deployment.Yaml;
using Vicinal.Packets;

namespace Vicinal.Deployment.Sites;

/// <summary>One node, with all that holds for it: what it says itself, else what its roles say, else what the site says.</summary>
public sealed record SiteNode
{
    public required string Name { get; init; }

    public required Place Place { get; init; }

    public required Setting<IReadOnlyList<NodeRole>> Roles { get; init; }

    /// <summary>Where its tunnels end.</summary>
    public Setting<IpAddress>? TunnelAddress { get; init; }

    /// <summary>The NIC that the tunnel address is on.</summary>
    public Setting<string>? TunnelNic { get; init; }

    /// <summary>Where a server is reached; its tunnel address when it has no other.</summary>
    public Setting<IpAddress>? Address { get; init; }

    /// <summary>agent_mode, said or by its roles.</summary>
    public required Setting<string> Mode { get; init; }

    /// <summary>In the order of the file: os-net-config's nic1 is the first.</summary>
    public required IReadOnlyList<SiteNic> Nics { get; init; }

    public required Setting<IReadOnlyList<BridgeMapping>> BridgeMappings { get; init; }

    public NetworkConfigReference? NetworkConfig { get; init; }

    /// <summary>It runs an agent.</summary>
    public bool IsAgent => Is(NodeRole.Compute) || Is(NodeRole.Gateway);

    public bool Is(NodeRole role) => Roles.Value.Contains(role);

    public SiteNic? Nic(string name) => Nics.FirstOrDefault(nic => nic.Name == name);
}
