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

        Setting<IReadOnlyList<NumberRange>> ranges = RangesOf(site);
        if (Joined(ranges.Value).Count > 1)
        {
            found.Add(FindingKinds.TunnelRanges, ranges.Place, $"{string.Join(" and ", Joined(ranges.Value))} do not touch");
        }
    }

    /// <summary>The keys that tunnelled networks get: GRE's where that is the only tunnel.</summary>
    public static Setting<IReadOnlyList<NumberRange>> RangesOf(Site site)
    {
        bool greOnly = site.TenantTypes.Value.Contains(NetworkTypes.Gre) && !site.TenantTypes.Value.Any(type => type is NetworkTypes.Geneve or NetworkTypes.Vxlan);
        return greOnly && site.TunnelIdRanges.Value.Count > 0 ? site.TunnelIdRanges : site.VniRanges;
    }

    /// <summary>Ranges that touch or overlap are one.</summary>
    public static IReadOnlyList<NumberRange> Joined(IReadOnlyList<NumberRange> ranges)
    {
        List<NumberRange> joined = [];
        foreach (NumberRange range in ranges.OrderBy(range => range.First))
        {
            if (joined is [.., { } last] && range.First <= last.Last + 1)
            {
                joined[^1] = last with { Last = Math.Max(last.Last, range.Last) };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }
}
