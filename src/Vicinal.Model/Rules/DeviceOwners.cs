using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>What follows from a port's device_owner.</summary>
public static class DeviceOwners
{
    private const string Routed = "network:routed";
    private const string Distributed = "network:distributed";
    private const string FloatingIpAgentGateway = "network:floatingip_agent_gateway";

    /// <summary>Ports that belong to a router or a floating IP: the port API neither makes nor removes nor moves them.</summary>
    public static bool IsRouterOwned(string owner) =>
        DeviceOwner.IsRouterInterface(owner) || owner is DeviceOwner.RouterGateway or DeviceOwner.FloatingIp;

    /// <summary>Ports that services made for themselves and that go when the network goes.</summary>
    public static bool GoesWithNetwork(string owner) =>
        owner is DeviceOwner.Dhcp or Routed or Distributed or FloatingIpAgentGateway;

    /// <summary>Ports of the cloud itself: no anti-spoofing, no security groups.</summary>
    public static bool IsTrusted(string owner) => owner.StartsWith(DeviceOwner.NetworkPrefix, StringComparison.Ordinal);
}
