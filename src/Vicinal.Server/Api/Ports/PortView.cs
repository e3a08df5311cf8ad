using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Bodies;

namespace Vicinal.Server.Api.Ports;

/// <summary>A port's composite attributes as answers show them.</summary>
internal static class PortView
{
    private static readonly RawJson s_none = new("{}");

    private static readonly RawJson s_ovs = new(
        """{"connectivity":"l2","port_filter":true,"ovs_hybrid_plug":false,"bridge_name":"br-int","datapath_type":"system","bound_drivers":{"0":"vicinal"}}""");

    public static Dictionary<string, object?> Tree(FixedIp ip) => new() { ["subnet_id"] = ip.SubnetId, ["ip_address"] = ip.Address };

    public static Dictionary<string, object?> Tree(AddressPair pair) => new()
    {
        ["ip_address"] = pair.Prefix.Length == pair.Prefix.Address.Bits ? pair.Prefix.Address : pair.Prefix,
        ["mac_address"] = pair.Mac,
    };

    public static Dictionary<string, object?> Tree(ExtraDhcpOption option) => new()
    {
        ["opt_name"] = option.Name,
        ["opt_value"] = option.Value,
        ["ip_version"] = option.IpVersion,
    };

    public static RawJson Profile(Port port) => port.BindingProfile == s_none.Text ? s_none : new RawJson(port.BindingProfile);

    /// <summary>The form that Nova knows for an interface that an agent plugs by its name.</summary>
    public static RawJson VifDetails(Port port) => port.BindingVifType == PortBinding.Ovs ? s_ovs : s_none;

    public static Dictionary<string, object?>[] DnsAssignment(Port port, Topology topology, CloudSettings settings)
    {
        string domain = PortNames.DomainOf(topology, port, settings.DnsDomain);
        return [.. port.FixedIps.Select(ip =>
        {
            string host = PortNames.HostNameOf(port, ip.Address);
            return new Dictionary<string, object?>
            {
                ["ip_address"] = ip.Address,
                ["hostname"] = host,
                ["fqdn"] = PortNames.FullNameOf(host, domain),
            };
        })];
    }
}
