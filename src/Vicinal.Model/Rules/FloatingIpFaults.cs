using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Neutron's refusals about floating IPs, word for word.</summary>
public static class FloatingIpFaults
{
    public static NeutronFault NotFound(string id) => new(404, "FloatingIPNotFound", $"Floating IP {id} could not be found");

    public static NeutronFault Bad(string message) => new(400, "BadRequest", $"Bad floatingip request: {message}.");

    public static NeutronFault NoAddressLeft(Guid network) => new(400, "ExternalIpAddressExhausted",
        $"Unable to find any IP address on external network {network}.");

    public static NeutronFault NotReachable(Guid network, Guid subnet, Guid port) => new(404, "ExternalGatewayForFloatingIPNotFound",
        $"External network {network} is not reachable from subnet {subnet}.  "
        + $"Therefore, cannot associate Port {port} with a Floating IP.");

    internal static NeutronFault AlreadyAssociated(FloatingIp fip, FixedAddress target) => new(409, "FloatingIPPortAlreadyAssociated",
        $"Cannot associate floating IP {fip.FloatingIpAddress} ({fip.Id}) with port {target.Port.Id} using fixed IP {target.Address}, "
        + $"as that fixed IP already has a floating IP on external network {fip.FloatingNetworkId}.");
}

/// <summary>One IPv4 address of one port: what a floating IP points at.</summary>
internal readonly record struct FixedAddress(Port Port, Guid SubnetId, IpAddress Address);
