using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Checks;

/// <summary>DVR, HA and agent modes: what the manual's verification asks about, as it is here.</summary>
internal static class RoutingRules
{
    public static void Check(Site site, FindingList found)
    {
        CheckDvr(site, found);
        CheckGateways(site, [.. site.Gateways], found);
        foreach (SiteNode node in site.Agents)
        {
            CheckMode(site, node, found);
        }
    }

    private static void CheckDvr(Site site, FindingList found)
    {
        if (site.Dvr.Value && site.Ha.Value)
        {
            found.Add(FindingKinds.DvrWithHa, site.Ha.Place, "routers are distributed, and what passes a gateway has a standby");
        }

        if (site.Tripleo.DvrEnvironment is { } environment && !site.Dvr.Value)
        {
            Place off = site.Dvr.Place;
            found.Add(FindingKinds.DvrContradiction, off, $"{environment.File} is included and turns DVR on; {off.File}:{off.Line} turns it off and counts");
        }
        else if (site.Tripleo is { IsUsed: true, DvrEnvironment: null } && !site.Dvr.Place.IsSaid)
        {
            found.Add(FindingKinds.DvrUnsaid, site.Dvr.Place, "DVR is on by default here, and off by default in ML2/OVS deployments");
        }

        if (site.Dvr.Value && site.Computes.Any())
        {
            int computes = site.Computes.Count();
            found.Add(FindingKinds.ExtraAddresses, site.Dvr.Place, $"ML2/OVS would take {computes} more external addresses, one for each compute; here a floating IP needs no gateway port on its compute");
        }
    }

    private static void CheckGateways(Site site, List<SiteNode> gateways, FindingList found)
    {
        Place nodes = new(site.File, 0, "nodes");
        if (gateways.Count == 0)
        {
            found.Add(FindingKinds.NoGateway, nodes, "none of the nodes has the role 'gateway'");
            return;
        }

        if (!site.Ha.Value)
        {
            if (!site.AutomaticFailover.Value)
            {
                found.Add(FindingKinds.NoFailover, site.Ha.Place, "neither 'ha' nor 'automatic-failover' is on");
            }

            return;
        }

        if (gateways.Count == 1)
        {
            found.Add(FindingKinds.SingleGateway, site.Ha.Place, $"{gateways[0].Name} is the only gateway node");
        }
        else if (site.MaxGateways.Value == 1)
        {
            found.Add(FindingKinds.NoStandby, site.MaxGateways.Place, "a router with HA gets one gateway node, and no standby");
        }

        if (gateways.Count > 1 && site.Agents.Count() < 3)
        {
            found.Add(FindingKinds.TooFewWitnesses, nodes, $"{gateways[0].Name} and {gateways[1].Name} are all nodes there are");
        }
    }

    private static void CheckMode(Site site, SiteNode node, FindingList found)
    {
        string mode = node.Mode.Value;
        if (node.Is(NodeRole.Gateway))
        {
            if (mode is "dvr" or "dvr_no_external")
            {
                found.Add(FindingKinds.GatewayMode, node.Mode.Place, $"{node.Name} is a gateway node, and in mode {mode} it serves no gateway", node);
            }
            else if (mode == "legacy" && site.Dvr.Value)
            {
                found.Add(FindingKinds.GatewayMode, node.Mode.Place, $"{node.Name} is in mode legacy, which hosts no distributed router, and DVR is on", node);
            }
        }
        else if (mode is "dvr_snat" or "legacy")
        {
            found.Add(FindingKinds.ComputeMode, node.Mode.Place, $"{node.Name} is a compute, and in mode {mode} routers' gateways are scheduled on it", node);
        }
        else if (mode == "dvr_no_external" && Maps(node, site.ExternalPhysicalNetwork))
        {
            found.Add(FindingKinds.ComputeMode, node.Mode.Place, $"{node.Name} reaches {site.ExternalPhysicalNetwork}, and in mode {mode} its floating IPs pass a gateway node all the same", node);
        }
        else if (mode == "dvr" && site.Dvr.Value && site.ExternalPhysicalNetwork is { } external && !Maps(node, external))
        {
            found.Add(FindingKinds.ComputeWithoutExternal, node.BridgeMappings.Place, $"{node.Name} maps no NIC to {external}, the external network", node);
        }
    }

    private static bool Maps(SiteNode node, string? physicalNetwork) => node.BridgeMappings.Value.Any(mapping => mapping.PhysicalNetwork == physicalNetwork);
}
