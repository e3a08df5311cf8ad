using System.Globalization;
using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Tripleo;

namespace Vicinal.Deployment.Checks;

/// <summary>What a bridge mapping comes to on a node: the NIC that the agent uses, directly or behind a bridge of the network configuration.</summary>
/// <param name="Nic">Null where there is none; then <paramref name="Fault"/> is the kind of finding and <paramref name="Reason"/> its words.</param>
/// <param name="Bridge">The bridge that the mapping named.</param>
public sealed record MappedNic(BridgeMapping Mapping, string? Nic, int? Mtu, NetworkBridge? Bridge, FindingKind? Fault, string? Reason)
{
    public static IEnumerable<MappedNic> All(SiteNode node) => node.BridgeMappings.Value.Select(mapping => Of(node, mapping));

    public static MappedNic Of(SiteNode node, BridgeMapping mapping)
    {
        if (node.Nic(mapping.Target) is { } nic)
        {
            return new MappedNic(mapping, nic.Name, nic.Mtu?.Value, null, null, null);
        }

        NetworkConfigReference? config = node.NetworkConfig;
        if (config?.File?.Bridge(mapping.Target) is { } bridge)
        {
            return Behind(node, mapping, bridge);
        }

        if (config?.File?.Interfaces.Contains(mapping.Target) == true)
        {
            return new MappedNic(mapping, mapping.Target, null, null, null, null);
        }

        return config switch
        {
            { File: { } file } => Refuse(FindingKinds.ExternalBridgeMissing, $"{mapping} on {node.Name}: {config.Path} has no bridge '{mapping.Target}'; it has {Names(file)}"),
            _ => Refuse(FindingKinds.MappedNicMissing, $"{mapping} on {node.Name}: '{mapping.Target}' is none of its NICs ({Listed(node)})"),
        };

        MappedNic Refuse(FindingKind kind, string reason) => new(mapping, null, null, null, kind, reason);
    }

    private static MappedNic Behind(SiteNode node, BridgeMapping mapping, NetworkBridge bridge)
    {
        if (bridge.Nic is null)
        {
            return Refuse($"bridge '{bridge.Name}' of {bridge.Place.File} has no interface among its members");
        }

        if (bridge.NicKind == "ovs_bond")
        {
            return Refuse($"bridge '{bridge.Name}' of {bridge.Place.File} has a bond of Open vSwitch's, which is no device of the kernel");
        }

        if (node.Nic(bridge.Nic) is not null || NumberOf(bridge.Nic) is not { } number)
        {
            return new MappedNic(mapping, bridge.Nic, node.Nic(bridge.Nic)?.Mtu?.Value ?? bridge.Mtu, bridge, null, null);
        }

        return number <= node.Nics.Count
            ? new MappedNic(mapping, node.Nics[number - 1].Name, node.Nics[number - 1].Mtu?.Value ?? bridge.Mtu, bridge, null, null)
            : Refuse($"bridge '{bridge.Name}' of {bridge.Place.File} has {bridge.Nic}, and {node.Name} lists {node.Nics.Count} NICs");

        MappedNic Refuse(string reason) => new(mapping, null, null, bridge, FindingKinds.BridgeWithoutNic, $"{mapping} on {node.Name}: {reason}");
    }

    /// <summary>Of nic1, nic2 and so on, which os-net-config gives to a node's NICs in order.</summary>
    private static int? NumberOf(string nic) =>
        nic.StartsWith("nic", StringComparison.Ordinal) && int.TryParse(nic.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : null;

    private static string Names(NetworkConfigFile file) => file.Bridges.Count == 0 ? "none" : string.Join(", ", file.Bridges.Select(bridge => bridge.Name));

    private static string Listed(SiteNode node) => node.Nics.Count == 0 ? "it lists none" : string.Join(", ", node.Nics.Select(nic => nic.Name));
}
