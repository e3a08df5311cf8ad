namespace Vicinal.Deployment.Tripleo;

/// <summary>Parameters of TripleO's that are understood and change nothing here, each with the reason.</summary>
internal static class ParametersWithoutEffect
{
    private static readonly Dictionary<string, string> s_reasons = new(StringComparer.Ordinal)
    {
        ["NeutronMechanismDrivers"] = "there is one mechanism driver, Vicinal's",
        ["NeutronTypeDrivers"] = "all types are there: geneve, vxlan, gre, vlan and flat",
        ["NeutronServicePlugins"] = "what is served is built in",
        ["NeutronPluginExtensions"] = "what is served is built in",
        ["NeutronCorePlugin"] = "there is one core plug-in",
        ["NeutronEnableL2Pop"] = "known ports are never flooded for: L2 population is always on",
        ["NeutronEnableARPResponder"] = "each node answers for the ports of its networks: the ARP responder is always on",
        ["NeutronDhcpAgentsPerNetwork"] = "no agent of its own serves DHCP",
        ["NeutronEnableDHCPAgent"] = "no agent of its own serves DHCP",
        ["NeutronRpcWorkers"] = "the server has no worker processes",
        ["NeutronWorkers"] = "the server has no worker processes",
        ["NeutronOVSFirewallDriver"] = "security groups are part of the data path",
        ["NeutronOverlayIPVersion"] = "the family follows from the nodes' tunnel addresses",
        ["OVNVifType"] = "there is no Open vSwitch",
        ["OVNNeutronSyncMode"] = "there is no OVN database to compare with",
        ["OVNTunnelEncapType"] = "the tunnel's type is that of the network",
        ["OVNDnsServers"] = "there is no OVN to forward DNS",
    };

    public static string? ReasonOf(string parameter) => s_reasons.GetValueOrDefault(parameter);
}
