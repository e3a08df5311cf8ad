namespace Vicinal.Model.Rules;

/// <summary>Refusals about networks, in Neutron's words.</summary>
public static class NetworkFaults
{
    public static NeutronFault NotFound(string id) => new(404, "NetworkNotFound", $"Network {id} could not be found.");

    public static NeutronFault NotFound(Guid id) => NotFound(id.ToString());

    public static NeutronFault InUse(Guid id, IEnumerable<Guid> ports) => new(
        409,
        "NetworkInUse",
        $"Unable to complete operation on network {id}. There are one or more ports still in use on the network, "
        + $"id for these ports is: {string.Join(",", ports)}.");

    public static NeutronFault NoneAvailable() =>
        new(503, "NoNetworkAvailable", "Unable to create the network. No tenant network is available for allocation.");

    public static NeutronFault TunnelIdInUse(int id) =>
        new(409, "TunnelIdInUse", $"Unable to create the network. The tunnel ID {id} is in use.");

    public static NeutronFault VlanIdInUse(int id, string physicalNetwork) => new(
        409, "VlanIdInUse", $"Unable to create the network. The VLAN {id} on physical network {physicalNetwork} is in use.");

    /// <param name="type">As Neutron writes it: flat or VLAN.</param>
    public static NeutronFault UnknownPhysicalNetwork(string physicalNetwork, string type) =>
        NeutronFault.InvalidInput($"physical_network '{physicalNetwork}' unknown for {type} provider network.");

    public static NeutronFault FlatInUse(string physicalNetwork) => new(
        409, "FlatNetworkInUse", $"Unable to create the flat network. Physical network {physicalNetwork} is in use.");

    public static NeutronFault ExternalInUse(Guid id) => new(
        409,
        "ExternalNetworkInUse",
        $"External network {id} cannot be updated to be made non-external, since it has existing gateway ports.");

    public static NeutronFault SharedByOthers(string name) => new(
        409,
        "InvalidSharedSetting",
        $"Unable to reconfigure sharing settings for network {name}. Multiple tenants are using it.");

    public static NeutronFault MtuTooSmallForSubnet(Guid id, int least) => new(
        409, "NetworkMTUSubnetConflict", $"MTU of {id} is not valid, subnet requires a minimum of {least}");
}
