using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What a request says about a port. What it does not say is chosen, or stays as it is.</summary>
public sealed record PortInput
{
    /// <summary>Read at creation only.</summary>
    public Guid NetworkId { get; init; }

    /// <summary>The owner; read at creation only.</summary>
    public string ProjectId { get; init; } = "";

    public Given<string> Name { get; init; }

    public Given<string> Description { get; init; }

    public Given<bool> AdminStateUp { get; init; }

    /// <summary>Null in an update makes a new one.</summary>
    public Given<MacAddress?> MacAddress { get; init; }

    public Given<IReadOnlyList<FixedIpRequest>> FixedIps { get; init; }

    public Given<string> DeviceId { get; init; }

    public Given<string> DeviceOwner { get; init; }

    public Given<bool> PortSecurityEnabled { get; init; }

    public Given<IReadOnlyList<Guid>> SecurityGroups { get; init; }

    public Given<IReadOnlyList<AddressPairRequest>> AllowedAddressPairs { get; init; }

    public Given<string> BindingHostId { get; init; }

    public Given<string> BindingVnicType { get; init; }

    /// <summary>A JSON object's text.</summary>
    public Given<string> BindingProfile { get; init; }

    public Given<string> DnsName { get; init; }

    /// <summary>Only those that change.</summary>
    public Given<IReadOnlyList<ExtraDhcpOptionRequest>> ExtraDhcpOptions { get; init; }
}

/// <summary>An element of allowed_address_pairs.</summary>
/// <param name="Mac">The port's own when left out.</param>
public readonly record struct AddressPairRequest(IpPrefix Prefix, MacAddress? Mac);
