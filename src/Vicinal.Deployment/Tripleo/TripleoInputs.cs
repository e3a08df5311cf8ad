using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Tripleo;

/// <summary>What of TripleO's environment files a site is made of.</summary>
/// <param name="IsUsed">Some file has parameter_defaults or a resource_registry.</param>
/// <param name="DvrEnvironment">Where a DVR environment file of TripleO's was included; null where none was.</param>
public sealed record TripleoInputs(bool IsUsed, Place? DvrEnvironment)
{
    /// <summary>The chapter's file for ML2/OVS, and the one for ML2/OVN, by the names that they are included under.</summary>
    public static IReadOnlyList<string> DvrEnvironmentFiles { get; } = ["neutron-ovs-dvr.yaml", "neutron-ovn-dvr-ha.yaml"];
}
