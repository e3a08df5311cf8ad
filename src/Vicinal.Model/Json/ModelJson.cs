using System.Text.Json.Serialization;
using Vicinal.Model.Resources;

namespace Vicinal.Model.Json;

/// <summary>
/// The resources as the store keeps them: every property by its own name, so that a record and its JSON say the same. It is
/// not the API's JSON, which has Neutron's names and leaves out what users do not see.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters =
    [
        typeof(IpAddressJson),
        typeof(IpPrefixJson),
        typeof(MacAddressJson),
        typeof(ValueListJson<string>),
        typeof(ValueListJson<Guid>),
        typeof(ValueListJson<Packets.IpAddress>),
        typeof(ValueListJson<FixedIp>),
        typeof(ValueListJson<AddressPair>),
        typeof(ValueListJson<ExtraDhcpOption>),
        typeof(ValueListJson<AllocationPool>),
        typeof(ValueListJson<HostRoute>),
        typeof(ValueListJson<GatewayBinding>),
        typeof(ValueListJson<BridgeMapping>),
    ])]
[JsonSerializable(typeof(Network))]
[JsonSerializable(typeof(Subnet))]
[JsonSerializable(typeof(Port))]
[JsonSerializable(typeof(Router))]
[JsonSerializable(typeof(FloatingIp))]
[JsonSerializable(typeof(SecurityGroup))]
[JsonSerializable(typeof(SecurityGroupRule))]
[JsonSerializable(typeof(Agent))]
[JsonSerializable(typeof(GatewayPolicy))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(Guid))]
[JsonSerializable(typeof(Packets.IpAddress))]
[JsonSerializable(typeof(FixedIp))]
[JsonSerializable(typeof(AddressPair))]
[JsonSerializable(typeof(ExtraDhcpOption))]
[JsonSerializable(typeof(AllocationPool))]
[JsonSerializable(typeof(HostRoute))]
[JsonSerializable(typeof(GatewayBinding))]
[JsonSerializable(typeof(BridgeMapping))]
public sealed partial class ModelJson : JsonSerializerContext;
