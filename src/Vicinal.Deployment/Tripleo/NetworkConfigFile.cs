using System.Globalization;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Tripleo;

/// <summary>
/// The bridges and interfaces of a network configuration: os-net-config's own YAML, or a Heat template that holds it. Whatever is under a
/// key network_config is taken; names that are asked of Heat are looked up among the parameters.
/// </summary>
public sealed record NetworkConfigFile
{
    private const string BridgeName = "bridge_name";
    private const string InterfaceName = "interface_name";

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<NetworkBridge> Bridges { get; init; }

    /// <summary>Interfaces and bonds outside of bridges.</summary>
    public required IReadOnlyList<string> Interfaces { get; init; }

    public NetworkBridge? Bridge(string name) => Bridges.FirstOrDefault(bridge => bridge.Name == name);

    public static NetworkConfigFile Read(YamlValue root, IReadOnlyDictionary<string, string> parameters)
    {
        Dictionary<string, string> known = new(parameters, StringComparer.Ordinal);
        foreach (YamlEntry parameter in root.Find("parameters")?.Entries ?? [])
        {
            if (parameter.Value.Find("default")?.Text is { } text)
            {
                known.TryAdd(parameter.Key, text);
            }
        }

        List<NetworkBridge> bridges = [];
        List<string> interfaces = [];
        foreach (YamlValue entry in Entries(root))
        {
            Add(entry, known, bridges, interfaces);
        }

        return new NetworkConfigFile { Bridges = bridges, Interfaces = interfaces };
    }

    /// <summary>The items of every list under a key network_config, or of the file where it is a list itself.</summary>
    private static IEnumerable<YamlValue> Entries(YamlValue value) => value switch
    {
        { Items: { } items } => items.SelectMany(item => item.Find("type") is null ? Entries(item) : [item]),
        { Entries: { } entries } => entries.SelectMany(entry => entry.Key == "network_config" && entry.Value.Items is { } items ? items : Entries(entry.Value)),
        _ => [],
    };

    private static void Add(YamlValue entry, Dictionary<string, string> parameters, List<NetworkBridge> bridges, List<string> interfaces)
    {
        string? name = NameOf(entry, parameters);
        string? type = entry.Find("type")?.Text;
        if (name is null)
        {
            return;
        }

        if (type is "ovs_bridge" or "ovs_user_bridge" or "linux_bridge")
        {
            YamlValue? member = entry.Find("members")?.Items?.FirstOrDefault(IsWayOut);
            bridges.Add(new NetworkBridge(
                name, type, member is null ? null : NameOf(member, parameters), member?.Find("type")?.Text, MtuOf(member) ?? MtuOf(entry), entry.Place));
        }
        else if (IsWayOut(entry))
        {
            interfaces.Add(name);
        }
    }

    /// <summary>A VLAN among a bridge's members is the host's own way in, and no wire.</summary>
    private static bool IsWayOut(YamlValue entry) => entry.Find("type")?.Text is "interface" or "linux_bond" or "team" or "ovs_bond";

    private static string? NameOf(YamlValue entry, Dictionary<string, string> parameters)
    {
        YamlValue? name = entry.Find("name");
        string? word = name?.Text ?? name?.Find("get_input")?.Text ?? name?.Find("get_param")?.Text;
        return word switch
        {
            null => null,
            BridgeName => parameters.GetValueOrDefault("NeutronPhysicalBridge", "br-ex"),
            InterfaceName => parameters.GetValueOrDefault("NeutronPublicInterface", "nic1"),
            _ when name!.Text is null => parameters.GetValueOrDefault(word),
            _ => word,
        };
    }

    private static int? MtuOf(YamlValue? entry) =>
        int.TryParse(entry?.Find("mtu")?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int mtu) ? mtu : null;
}
