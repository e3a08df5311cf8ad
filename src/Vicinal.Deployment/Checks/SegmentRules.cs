using Vicinal.Deployment.Sites;
using Vicinal.Model.Rules;

namespace Vicinal.Deployment.Checks;

/// <summary>Network types and the ids that their networks get.</summary>
internal static class SegmentRules
{
    public static void Check(Site site, FindingList found)
    {
        if (site.TenantTypes.Value.Contains(NetworkTypes.Vlan) && !site.VlanRanges.Value.Any(vlans => vlans.TenantRange is not null))
        {
            found.Add(FindingKinds.VlanWithoutRange, site.TenantTypes.Place, "'vlan' is among the tenant types, and no VLAN range is given");
        }

        IReadOnlyList<string> tunnels = site.TunnelTypes.Value;
        foreach (string type in site.TenantTypes.Value.Where(type => tunnels.Count > 0 && NetworkTypes.IsTunnelled(type) && !tunnels.Contains(type)))
        {
            found.Add(FindingKinds.TenantTypeNotEnabled, site.TenantTypes.Place, $"'{type}' is a tenant type, and the tunnel types are {string.Join(", ", tunnels)}");
        }
    }
}
