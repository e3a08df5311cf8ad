using System.Text.Json.Nodes;
using Vicinal.Lab.Plan;

namespace Vicinal.Lab.Tenants;

/// <summary>The provider network on the lab's external segment, for IPv4 and IPv6. Its upstream router is the internet host.</summary>
public static class ExternalNetwork
{
    /// <summary>Makes it and returns its id.</summary>
    public static string Create(LabCloud cloud)
    {
        LabPlan plan = cloud.Plan;
        string id = (string)cloud.Neutron.Create("networks", new JsonObject
        {
            ["name"] = "publicnet",
            ["router:external"] = true,
            ["shared"] = true,
            ["provider:network_type"] = "flat",
            ["provider:physical_network"] = plan.PhysicalNetwork,
        })["id"]!;
        LabSubnet.Create(cloud.Neutron, id, "publicnet-v4", plan.External, plan.Upstream, (10, 150));
        LabSubnet.Create(cloud.Neutron, id, "publicnet-v6", plan.ExternalV6, plan.UpstreamV6, (0x10, 0xFFF));
        return id;
    }
}
