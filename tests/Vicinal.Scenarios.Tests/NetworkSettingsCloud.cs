using Vicinal.Lab.Plan;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// A cloud whose operator has said how networks travel: tunnels over IPv6, small ranges of segmentation ids, and a physical network that carries less than
/// the underlay.
/// </summary>
public abstract class NetworkSettingsCloud(string datapath) : ScenarioCloud(datapath, PlanOf, "net")
{
    public const int PhysicalMtu = 1400;

    private static LabPlan PlanOf(string name) => LabPlan.Standard(name) with
    {
        Underlay = IpPrefix.Parse("fd00:31::/64", null),
        ServerOptions =
        [
            "--overlay-ip-version", "6", "--physical-network-mtu", $"physnet1:{PhysicalMtu}",
            "--vni-range", "gre:2000000000:2000000002", "--vni-range", "vxlan:500:501", "--vlan-range", "physnet1:200:201",
        ],
    };
}

[CollectionDefinition(Name)]
public sealed class UserspaceNetworkSettingsCloud() : NetworkSettingsCloud("userspace"), ICollectionFixture<UserspaceNetworkSettingsCloud>
{
    public const string Name = "network settings, userspace";
}

[CollectionDefinition(Name)]
public sealed class EbpfNetworkSettingsCloud() : NetworkSettingsCloud("ebpf"), ICollectionFixture<EbpfNetworkSettingsCloud>
{
    public const string Name = "network settings, ebpf";
}
