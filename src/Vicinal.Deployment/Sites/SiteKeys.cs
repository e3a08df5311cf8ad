using System.Globalization;
using Vicinal.Deployment.Tripleo;
using Vicinal.Deployment.Yaml;
using Vicinal.Model.Rules;

namespace Vicinal.Deployment.Sites;

/// <summary>The keys of the top level, which a site file and an environment file have alike.</summary>
internal static class SiteKeys
{
    public const int LeastMtu = 1280;

    private static readonly KeyTable<SiteDraft> s_external = new()
    {
        { "physical-network", (site, value) => site.ExternalPhysicalNetwork = new(value.AsName(), value.Place) },
        { "vlan", (site, value) => site.ExternalVlan = value.IsNull ? null : value.AsInteger(NetworkTypes.FirstVlan, NetworkTypes.LastVlan) },
        { "subnet", (site, value) => site.ExternalSubnet = value.AsPrefix() },
        { "gateway", (site, value) => site.ExternalGateway = value.AsAddress() },
    };

    private static readonly KeyTable<SiteDraft> s_server = new()
    {
        { "listen", (site, value) => site.Listen = EndPoint(value) },
        { "agents", (site, value) => site.Agents = EndPoint(value) },
    };

    private static readonly KeyTable<SiteDraft> s_roles = new()
    {
        { "compute", (site, value) => AgentKeys.OfRole(site.Found).Apply(site.ComputeRole, value, site.Found) },
        { "gateway", (site, value) => AgentKeys.OfRole(site.Found).Apply(site.GatewayRole, value, site.Found) },
    };

    public static KeyTable<SiteDraft> All { get; } = new()
    {
        { "dvr", (site, value) => site.Dvr = new(value.AsBoolean(), value.Place) },
        { "ha", (site, value) => site.Ha = new(value.AsBoolean(), value.Place) },
        { "max-gateways", (site, value) => site.MaxGateways = new(value.AsInteger(0, GatewayScheduling.MaxBindings), value.Place) },
        { "automatic-failover", (site, value) => site.AutomaticFailover = new(value.AsBoolean(), value.Place) },
        { "tenant-types", (site, value) => site.TenantTypes = Types(value) },
        { "tunnel-types", (site, value) => site.TunnelTypes = TunnelTypes(value) },
        { "vni-ranges", (site, value) => site.VniRanges = Ranges(value, NetworkTypes.Geneve) },
        { "tunnel-id-ranges", (site, value) => site.TunnelIdRanges = Ranges(value, NetworkTypes.Gre) },
        { "flat-networks", (site, value) => site.FlatNetworks = FlatNetworks(value) },
        { "vlan-ranges", (site, value) => site.VlanRanges = Vlans(value) },
        { "mtu", (site, value) => site.Mtu = Mtu(value) },
        { "path-mtu", (site, value) => site.PathMtu = value.Text == "0" ? new(0, value.Place) : Mtu(value) },
        { "physical-mtus", (site, value) => site.PhysicalMtus = PhysicalMtus(value) },
        { "bridge-mappings", (site, value) => site.BridgeMappings = AgentKeys.Mappings(value) },
        { "datapath", (site, value) => site.Datapath = new(value.AsOneOf("auto", "ebpf", "userspace"), value.Place) },
        { "program", (site, value) => site.Program = AbsolutePath(value) },
        { "tls", (site, value) => site.Tls = value.IsNull ? new(null, value.Place) : new(AbsolutePath(value).Value, value.Place) },
        { "external", (site, value) => s_external.Apply(site, value, site.Found) },
        { "server", (site, value) => s_server.Apply(site, value, site.Found) },
        { "roles", (site, value) => s_roles.Apply(site, value, site.Found) },
        { "nodes", ReadNodes },
        { "parameter_defaults", ParameterKeys.Apply },
        { "parameters", ParameterKeys.Apply },
        { "resource_registry", ResourceRegistry.Apply },
    };

    public static Setting<IReadOnlyList<string>> Types(YamlValue value) => Words(value, word => word.AsOneOf("geneve", "vxlan", "gre", "vlan", "flat"));

    public static Setting<IReadOnlyList<string>> TunnelTypes(YamlValue value) => Words(value, word => word.AsOneOf("geneve", "vxlan", "gre"));

    public static Setting<IReadOnlyList<string>> FlatNetworks(YamlValue value) => Words(value, word => word.Text == "*" ? "*" : word.AsName());

    /// <summary>Keys that the type's header can say.</summary>
    public static Setting<IReadOnlyList<NumberRange>> Ranges(YamlValue value, string type) =>
        new([.. value.AsWords().Select(word => Range(word, word.Text!, (uint)NetworkTypes.LastKey(type)))], value.Place);

    public static Setting<int> Mtu(YamlValue value) => new(value.AsInteger(LeastMtu, AgentKeys.MostMtu), value.Place);

    /// <summary>physnet1:1400 and so on as words, or as a mapping.</summary>
    public static Setting<IReadOnlyList<PhysicalNetworkMtu>> PhysicalMtus(YamlValue value) => value.Entries is { } entries
        ? new([.. entries.Select(entry => new PhysicalNetworkMtu(YamlValue.Scalar(entry.Place, entry.Key, quoted: true).AsName(), Mtu(entry.Value).Value))], value.Place)
        : new([.. value.AsWords().Select(PhysicalMtu)], value.Place);

    public static Setting<IReadOnlyList<PhysicalVlans>> Vlans(YamlValue value) => new([.. value.AsWords().Select(Vlan)], value.Place);

    private static void ReadNodes(SiteDraft site, YamlValue value)
    {
        foreach (YamlEntry entry in value.AsMapping())
        {
            site.Found.Guard(() =>
            {
                string name = YamlValue.Scalar(entry.Place, entry.Key, quoted: true).AsName();
                AgentKeys.OfNode(site.Found).Apply(site.Node(name, entry.Place), entry.Value, site.Found);
            });
        }
    }

    private static Setting<IReadOnlyList<string>> Words(YamlValue value, Func<YamlValue, string> read) => new([.. value.AsWords().Select(read)], value.Place);

    private static Setting<string> AbsolutePath(YamlValue value) =>
        value.AsText() is ['/', ..] path && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_') && !path.Split('/').Contains("..")
            ? new(path, value.Place)
            : throw value.Fault("an absolute path of letters, digits, '.', '-' and '_'");

    private static Setting<string> EndPoint(YamlValue value) =>
        System.Net.IPEndPoint.TryParse(value.AsText(), out System.Net.IPEndPoint? point) && point.Port > 0
            ? new(value.AsText(), value.Place)
            : throw value.Fault("IP:PORT");

    private static PhysicalNetworkMtu PhysicalMtu(YamlValue word) =>
        word.Text!.Split(':') is [var network, var bytes] && YamlConversions.IsName(network)
            ? new PhysicalNetworkMtu(network, Mtu(YamlValue.Scalar(word.Place, bytes, quoted: true)).Value)
            : throw word.Fault("NETWORK:BYTES");

    private static PhysicalVlans Vlan(YamlValue word)
    {
        string text = word.Text!;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string network = colon < 0 ? text : text[..colon];
        return YamlConversions.IsName(network)
            ? new PhysicalVlans(network, colon < 0 ? null : Range(word, text[(colon + 1)..], NetworkTypes.LastVlan))
            : throw word.Fault("NETWORK:FIRST:LAST");
    }

    private static NumberRange Range(YamlValue word, string text, uint most) =>
        text.Split(':') is [var low, var high]
        && uint.TryParse(low, NumberStyles.None, CultureInfo.InvariantCulture, out uint first)
        && uint.TryParse(high, NumberStyles.None, CultureInfo.InvariantCulture, out uint last)
        && first >= 1 && first <= last && last <= most
            ? new NumberRange(first, last)
            : throw word.Fault($"FIRST:LAST within 1:{most}");
}
