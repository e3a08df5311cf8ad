using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Tripleo;

/// <summary>A bridge of a network configuration, with the NIC or bond that leads out of it.</summary>
/// <param name="Kind">ovs_bridge, ovs_user_bridge or linux_bridge.</param>
/// <param name="Nic">Name of its interface or bond; os-net-config's nic1, nic2 and so on number a node's NICs. Null where it has none.</param>
/// <param name="NicKind">interface, linux_bond, team or ovs_bond.</param>
public sealed record NetworkBridge(string Name, string Kind, string? Nic, string? NicKind, int? Mtu, Place Place);
