using Vicinal.Deployment.Yaml;
using Vicinal.Packets;

namespace Vicinal.Deployment.Sites;

/// <summary>What is said so far of one node.</summary>
internal sealed class NodeDraft(string name, Place place) : AgentDraft
{
    public string Name { get; } = name;

    public Place Place { get; } = place;

    public Setting<IReadOnlyList<NodeRole>> Roles { get; set; } = new([], place);

    public Setting<IpAddress>? TunnelAddress { get; set; }

    public Setting<IpAddress>? Address { get; set; }
}
