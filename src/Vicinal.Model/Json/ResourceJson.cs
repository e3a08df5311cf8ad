using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Vicinal.Model.Resources;

namespace Vicinal.Model.Json;

/// <summary>Writes and reads one resource under the name of its kind.</summary>
public static class ResourceJson
{
    private static readonly Dictionary<string, Kind> s_byName = new(StringComparer.Ordinal);
    private static readonly Dictionary<Type, Kind> s_byType = [];

    static ResourceJson()
    {
        Add("network", ModelJson.Default.Network, new Network { Id = default, NetworkType = "" }, "networkType");
        Add("subnet", ModelJson.Default.Subnet, new Subnet { Id = default, NetworkId = default, Cidr = default }, "networkId", "cidr");
        Add("port", ModelJson.Default.Port, new Port { Id = default, NetworkId = default, MacAddress = default }, "networkId", "macAddress");
        Add("router", ModelJson.Default.Router, new Router { Id = default });
        Add(
            "floatingip",
            ModelJson.Default.FloatingIp,
            new FloatingIp { Id = default, FloatingNetworkId = default, FloatingIpAddress = default, FloatingPortId = default },
            "floatingNetworkId",
            "floatingIpAddress",
            "floatingPortId");
        Add("security_group", ModelJson.Default.SecurityGroup, new SecurityGroup { Id = default });
        Add(
            "security_group_rule",
            ModelJson.Default.SecurityGroupRule,
            new SecurityGroupRule { Id = default, SecurityGroupId = default, Direction = "", EtherType = "" },
            "securityGroupId",
            "direction",
            "etherType");
        Add("agent", ModelJson.Default.Agent, new Agent { Id = default, Host = "" }, "host");
        Add("gateway_policy", ModelJson.Default.GatewayPolicy, new GatewayPolicy { Id = default });
    }

    public static IReadOnlyCollection<string> Kinds => s_byName.Keys;

    public static string KindOf(Resource resource) => s_byType[resource.GetType()].Name;

    public static void Write(Resource resource, IBufferWriter<byte> target)
    {
        using Utf8JsonWriter writer = new(target, new JsonWriterOptions { SkipValidation = true });
        JsonSerializer.Serialize(writer, resource, s_byType[resource.GetType()].Type);
    }

    /// <summary>Reads what <see cref="Write"/> wrote, or what an older program wrote: absent members have the record's own defaults.</summary>
    /// <exception cref="JsonException">The kind is unknown, or the body is not one of it.</exception>
    public static Resource Read(string kind, ReadOnlySpan<byte> body)
    {
        if (!s_byName.TryGetValue(kind, out Kind? known))
        {
            throw new JsonException($"'{kind}' is not a kind of resource");
        }

        byte[]? completed = known.Absent.Complete(body);
        object? value = JsonSerializer.Deserialize(completed ?? body, known.Type);
        return (Resource?)value ?? throw new JsonException("null is not a resource");
    }

    private static void Add<T>(string name, JsonTypeInfo<T> type, T fresh, params string[] required)
        where T : Resource
    {
        Kind kind = new(name, type, new AbsentMembers(JsonSerializer.SerializeToUtf8Bytes(fresh, type), [.. required, "id"]));
        s_byName.Add(name, kind);
        s_byType.Add(typeof(T), kind);
    }

    private sealed record Kind(string Name, JsonTypeInfo Type, AbsentMembers Absent);
}
