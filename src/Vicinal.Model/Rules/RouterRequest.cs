using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What a creation or an update says of a router.</summary>
public sealed record RouterRequest
{
    public Given<string> Name { get; init; }

    public Given<string> Description { get; init; }

    public Given<bool> AdminStateUp { get; init; }

    public Given<bool> Distributed { get; init; }

    public Given<bool> Ha { get; init; }

    /// <summary>external_gateway_info; null clears it.</summary>
    public Given<GatewayRequest?> Gateway { get; init; }

    /// <summary>Replaces all; only in updates.</summary>
    public Given<ValueList<HostRoute>> Routes { get; init; }

    /// <summary>Only in creations.</summary>
    public ValueList<string> AvailabilityZoneHints { get; init; }
}

/// <param name="EnableSnat">Not given means true, also in an update, as in Neutron.</param>
/// <param name="ExternalFixedIps">Empty: keep the port's addresses, or choose them for a new port.</param>
public sealed record GatewayRequest(Guid NetworkId, Given<bool> EnableSnat = default, ValueList<FixedIpRequest> ExternalFixedIps = default);

/// <summary>The body of add_router_interface and remove_router_interface.</summary>
public readonly record struct InterfaceRequest(Guid? SubnetId, Guid? PortId);

/// <summary>What those two answer.</summary>
public sealed record InterfaceAnswer(Guid RouterId, string ProjectId, Guid PortId, Guid NetworkId, ValueList<Guid> SubnetIds)
{
    /// <summary>Neutron's single subnet_id, from before ports had several.</summary>
    public Guid SubnetId => SubnetIds[0];
}
