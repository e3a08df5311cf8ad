using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Checks;

/// <summary>All that can be said of a site without looking at any machine.</summary>
public static class SiteCheck
{
    public static void Run(Site site, FindingList found)
    {
        NodeRules.Check(site, found);
        RoutingRules.Check(site, found);
        NetworkConfigRules.Check(site, found);
        MappingRules.Check(site, found);
        SegmentRules.Check(site, found);
        MtuRules.Check(site, found);
        ExposureRules.Check(site, found);
    }
}
