using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Tripleo;

namespace Vicinal.Deployment.Checks;

/// <summary>The network configurations of computes and gateway nodes: the manual wants them to match, since the external bridge must be on both.</summary>
internal static class NetworkConfigRules
{
    public static void Check(Site site, FindingList found)
    {
        List<NetworkConfigReference?> computes = [.. site.Computes.Select(node => node.NetworkConfig).DistinctBy(config => config?.Path)];
        List<NetworkConfigReference?> gateways = [.. site.Gateways.Select(node => node.NetworkConfig).DistinctBy(config => config?.Path)];
        foreach (NetworkConfigReference config in computes.Concat(gateways).OfType<NetworkConfigReference>().DistinctBy(config => config.Path).Where(config => config.File is null))
        {
            found.Add(FindingKinds.NetworkConfigUnreadable, config.Place, $"{config.Path}: {config.Fault}");
        }

        // A node with both roles has one configuration, and nothing to compare it with.
        if (computes.Count == 0 || gateways.Count == 0)
        {
            return;
        }

        foreach (NetworkConfigReference? compute in computes)
        {
            Compare(site, compute, gateways, found);
        }
    }

    private static void Compare(Site site, NetworkConfigReference? compute, List<NetworkConfigReference?> gateways, FindingList found)
    {
        foreach (NetworkConfigReference? gateway in gateways.Where(gateway => gateway?.Path != compute?.Path))
        {
            if (compute is null || gateway is null)
            {
                NetworkConfigReference there = compute ?? gateway!;
                found.Add(FindingKinds.NetworkConfigMissing, there.Place, $"{(compute is null ? "gateway nodes" : "computes")} have {there.Path}, and {(compute is null ? "computes" : "gateway nodes")} have none");
            }
            else if (compute.File is { } one && gateway.File is { } other && Difference(site, one, other) is { } difference)
            {
                found.Add(FindingKinds.NetworkConfigDiffers, compute.Place, $"{compute.Path} of computes and {gateway.Path} of gateway nodes: {difference}");
            }
        }
    }

    /// <summary>Of the bridges that mappings name, the first that is not alike in both; null where there is none.</summary>
    private static string? Difference(Site site, NetworkConfigFile computes, NetworkConfigFile gateways)
    {
        foreach (string name in site.Agents.SelectMany(node => node.BridgeMappings.Value).Select(mapping => mapping.Target).Distinct())
        {
            NetworkBridge? one = computes.Bridge(name);
            NetworkBridge? other = gateways.Bridge(name);
            if (one is null != other is null)
            {
                return $"only the latter has the bridge '{name}'".Replace("latter", one is null ? "latter" : "former", StringComparison.Ordinal);
            }

            if (one is not null && other is not null && (one.Kind != other.Kind || one.Nic is null != other.Nic is null))
            {
                return $"the bridge '{name}' is {Describe(one)} in the former and {Describe(other)} in the latter";
            }
        }

        return null;
    }

    private static string Describe(NetworkBridge bridge) => $"{bridge.Kind} {(bridge.Nic is null ? "without a NIC" : $"with {bridge.Nic}")}";
}
