using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Refusals about subnets, in Neutron's words.</summary>
public static class SubnetFaults
{
    public static NeutronFault NotFound(string id) => new(404, "SubnetNotFound", $"Subnet {id} could not be found.");

    public static NeutronFault NotFound(Guid id) => NotFound(id.ToString());

    public static NeutronFault Overlap(IpPrefix cidr, Guid network) => NeutronFault.InvalidInput(
        $"Requested subnet with cidr: {cidr} for network: {network} overlaps with another subnet.");

    public static NeutronFault PoolNotValid(AllocationPool pool) => new(
        400, "InvalidAllocationPool", $"The allocation pool {Text(pool)} is not valid.");

    public static NeutronFault PoolOutside(AllocationPool pool, IpPrefix cidr) => new(
        400, "OutOfBoundsAllocationPool", $"The allocation pool {Text(pool)} spans beyond the subnet cidr {cidr}.");

    public static NeutronFault PoolsOverlap(AllocationPool a, AllocationPool b, IpPrefix cidr) => new(
        409, "OverlappingAllocationPools", $"Found overlapping allocation pools: {Text(a)} {Text(b)} for subnet {cidr}.");

    public static NeutronFault GatewayInPool(IpAddress gateway, AllocationPool pool) => new(
        409, "GatewayConflictWithAllocationPools", $"Gateway ip {gateway} conflicts with allocation pool {Text(pool)}.");

    public static NeutronFault GatewayInUse(IpAddress gateway, Guid port) => new(
        409, "GatewayIpInUse", $"Current gateway ip {gateway} already in use by port {port}. Unable to update.");

    public static NeutronFault InUse(Guid id) => new(
        409,
        "SubnetInUse",
        $"Unable to complete operation on subnet {id}: One or more ports have an IP allocation from this subnet.");

    public static NeutronFault TooManyNameServers(string subnet, int most) => new(
        400,
        "DNSNameServersExhausted",
        $"Unable to complete operation for {subnet}. The number of DNS nameservers exceeds the limit {most}.");

    public static NeutronFault TooManyHostRoutes(string subnet, int most) => new(
        400,
        "HostRoutesExhausted",
        $"Unable to complete operation for {subnet}. The number of host routes exceeds the limit {most}.");

    public static NeutronFault WrongFamily(string name, string value, int ipVersion) =>
        NeutronFault.InvalidInput($"{name} '{value}' does not match the ip_version '{ipVersion}'.");

    private static string Text(AllocationPool pool) => $"{pool.Start}-{pool.End}";
}
