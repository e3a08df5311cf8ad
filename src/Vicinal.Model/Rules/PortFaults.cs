using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Refusals about ports and their addresses, in Neutron's words.</summary>
public static class PortFaults
{
    public static NeutronFault NotFound(string id) => new(404, "PortNotFound", $"Port {id} could not be found.");

    public static NeutronFault NotFound(Guid id) => NotFound(id.ToString());

    public static NeutronFault AddressTaken(IpAddress address, Guid subnet) => new(
        409, "IpAddressAlreadyAllocated", $"IP address {address} already allocated in subnet {subnet}");

    public static NeutronFault NotInSubnet(IpAddress address) => new(
        400, "InvalidIpForSubnet", $"IP address {address} is not a valid IP for the specified subnet.");

    public static NeutronFault NotInNetwork(IpAddress address) => new(
        400, "InvalidIpForNetwork", $"IP address {address} is not a valid IP for any of the subnets on the specified network.");

    public static NeutronFault SubnetOfOtherNetwork(Guid network, Guid subnet) => NeutronFault.InvalidInput(
        $"Failed to create port on network {network}, because fixed_ips included invalid subnet {subnet}.");

    public static NeutronFault NoAddressLeft(Guid network) => new(
        409, "IpAddressGenerationFailure", $"No more IP addresses available on network {network}.");

    public static NeutronFault NoServiceSubnet(Guid network, string owner) => new(
        409,
        "IpAddressGenerationFailureNoMatchingSubnet",
        $"No valid service subnet for the given device owner, network {network}, service type {owner}.");

    public static NeutronFault AutomaticSubnet(IpAddress address, Guid subnet) => new(
        400,
        "AllocationOnAutoAddressSubnet",
        $"IPv6 address {address} cannot be directly assigned to a port on subnet {subnet} as the subnet is configured for "
        + "automatic addresses");

    public static NeutronFault AddressChange(Guid port) => new(
        400, "BadRequest", $"Bad ports request: IP updates for port {port} are not allowed.");

    public static NeutronFault MacInUse(Guid network, MacAddress mac) => new(
        409, "MacAddressInUse", $"Unable to complete operation for network {network}. The mac address {mac} is in use.");

    public static NeutronFault NoMacLeft(Guid network) => new(
        503, "NetworkMacAddressGenerationFailure", $"Unable to generate unique mac on network {network}.");

    public static NeutronFault MacOfBoundPort(Guid port, string host) => new(
        409, "PortBound", $"Unable to complete operation on port {port}, port is already bound, port type: ovs, host: {host}.");

    public static NeutronFault OwnedByService(Guid port, string owner) => new(
        409, "ServicePortInUse", $"Port {port} cannot be deleted directly via the port API: has device owner {owner}.");

    public static NeutronFault OwnerNotForUsers(string operation, string owner, string port) => new(
        409, "UnsupportedPortDeviceOwner", $"Operation {operation} is not supported for device_owner {owner} on port {port}.");

    public static NeutronFault GroupsNeedPortSecurity() => new(
        400,
        "PortSecurityAndIPRequiredForSecurityGroups",
        "Port security must be enabled and port must have an IP address in order to use security groups.");

    public static NeutronFault PairsNeedPortSecurity() => new(
        409,
        "AddressPairAndPortSecurityRequired",
        "Port Security must be enabled in order to have allowed address pairs on a port.");

    public static NeutronFault GroupsAreSet() => new(
        409,
        "PortSecurityPortHasSecurityGroup",
        "Port has security group associated. Cannot disable port security or IP address until security group is removed.");

    public static NeutronFault TooManyPairs(int most) => new(
        400, "AllowedAddressPairExhausted", $"The number of allowed address pair exceeds the maximum {most}.");

    public static NeutronFault DuplicatePair(string mac, string address) => new(
        400,
        "DuplicateAddressPairInRequest",
        $"Request contains duplicate address pair: mac_address {mac} ip_address {address}.");

    public static NeutronFault UnknownGroup(Guid id) => new(
        404, "SecurityGroupNotFound", $"Security group {id} does not exist");

    public static NeutronFault OtherTenantsDevice(string deviceId) => new(
        409,
        "DeviceIDNotOwnedByTenant",
        $"The following device_id {deviceId} is not owned by your tenant or matches another tenants router.");
}
