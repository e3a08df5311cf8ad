using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Deployment.Sites;

/// <summary>A site's cloud-wide settings as the server's rules take them, so that a check computes with what the server will.</summary>
public static class SiteCloud
{
    public static CloudSettings Of(Site site) => CloudSettings.Default with
    {
        TenantNetworkTypes = site.TenantTypes.Value.ToValueList(),
        TunnelRanges = TunnelRanges(site).ToValueList(),
        PhysicalNetworks = site.FlatNetworks.Value.Contains("*") ? [] : site.FlatNetworks.Value.ToValueList(),
        VlanRanges = site.VlanRanges.Value.Select(Vlans).ToValueList(),
        GlobalMtu = site.Mtu.Value,
        PathMtu = site.PathMtu.Value,
        PhysicalNetworkMtus = site.PhysicalMtus.Value.ToValueList(),
        OverlayIpVersion = site.Agents.Any(node => node.TunnelAddress is { Value.IsIpv6: true }) ? 6 : 4,
        RouterDistributed = site.Dvr.Value,
        EnableDvr = site.Dvr.Value,
        RouterHa = site.Ha.Value,
        MaxL3AgentsPerRouter = site.MaxGateways.Value,
    };

    /// <summary>Neutron's vni_ranges are those of Geneve and VXLAN, its tunnel_id_ranges those of GRE.</summary>
    private static IEnumerable<TunnelRange> TunnelRanges(Site site) =>
    [
        .. ((string[])[NetworkTypes.Geneve, NetworkTypes.Vxlan]).SelectMany(type => site.VniRanges.Value.Select(range => new TunnelRange(type, range.First, range.Last))),
        .. site.TunnelIdRanges.Value.Select(range => new TunnelRange(NetworkTypes.Gre, range.First, range.Last)),
    ];

    private static VlanRange Vlans(PhysicalVlans vlans) =>
        vlans.TenantRange is { } range ? new VlanRange(vlans.PhysicalNetwork, (int)range.First, (int)range.Last) : VlanRange.ProviderOnly(vlans.PhysicalNetwork);
}
