using Vicinal.Packets;

namespace Vicinal.Model.Resources;

public readonly record struct FixedIp(Guid SubnetId, IpAddress Address);

/// <summary>An allowed address pair; the MAC is the port's own unless the user gave one.</summary>
public readonly record struct AddressPair(IpPrefix Prefix, MacAddress Mac);

/// <summary>One of extra_dhcp_opts, as the user wrote it.</summary>
/// <param name="Name">Of the option, or its number.</param>
public readonly record struct ExtraDhcpOption(string Name, string Value, int IpVersion);

public static class PortStatus
{
    public const string Active = "ACTIVE";
    public const string Down = "DOWN";
    public const string Build = "BUILD";
    public const string NotApplicable = "N/A";
}

/// <summary>Neutron's device_owner values that decide behaviour.</summary>
public static class DeviceOwner
{
    public const string RouterInterface = "network:router_interface";
    public const string RouterInterfaceDistributed = "network:router_interface_distributed";
    public const string RouterInterfaceHa = "network:ha_router_replicated_interface";
    public const string RouterGateway = "network:router_gateway";
    public const string FloatingIp = "network:floatingip";
    public const string Dhcp = "network:dhcp";
    public const string NetworkPrefix = "network:";
    public const string ComputePrefix = "compute:";

    public static bool IsRouterInterface(string owner) =>
        owner is RouterInterface or RouterInterfaceDistributed or RouterInterfaceHa;
}

public sealed record Port : Resource
{
    public required Guid NetworkId { get; init; }

    public required MacAddress MacAddress { get; init; }

    public ValueList<FixedIp> FixedIps { get; init; }

    public bool AdminStateUp { get; init; } = true;

    public string DeviceId { get; init; } = "";

    public string DeviceOwner { get; init; } = "";

    /// <summary>One of <see cref="PortStatus"/>.</summary>
    public string Status { get; init; } = PortStatus.Down;

    public bool PortSecurityEnabled { get; init; } = true;

    public ValueList<Guid> SecurityGroups { get; init; }

    public ValueList<AddressPair> AllowedAddressPairs { get; init; }

    /// <summary>binding:host_id; empty while unbound.</summary>
    public string BindingHostId { get; init; } = "";

    public string BindingVnicType { get; init; } = "normal";

    /// <summary>binding:vif_type: unbound, ovs, binding_failed or distributed.</summary>
    public string BindingVifType { get; init; } = "unbound";

    /// <summary>binding:profile as the JSON object that the caller gave.</summary>
    public string BindingProfile { get; init; } = "{}";

    public string DnsName { get; init; } = "";

    public ValueList<ExtraDhcpOption> ExtraDhcpOptions { get; init; }

    /// <summary>Unique within the network, 1 and up; the tunnel's hint. See <see cref="Topology.NextPortKey"/>.</summary>
    public uint PortKey { get; init; }
}
