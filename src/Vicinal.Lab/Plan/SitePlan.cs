using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Live;
using Vicinal.Deployment.Rendering;
using Vicinal.Deployment.Sites;
using Vicinal.Packets;

namespace Vicinal.Lab.Plan;

/// <summary>
/// A site as a lab: each node a namespace with the NICs, addresses and modes that the site gives it, each physical network a wire, and the
/// internet on the external one. The server gets the options that it would get on its node.
/// </summary>
public static class SitePlan
{
    /// <summary>Names of a lab's other namespaces.</summary>
    private static readonly string[] s_taken = [LabNic.Underlay, LabNic.External, "internet"];

    /// <param name="site">One whose check has no error.</param>
    /// <exception cref="LabException">A lab cannot be made of it; the message says why.</exception>
    public static LabPlan Of(Site site, string lab)
    {
        if (site.Nodes.FirstOrDefault(node => s_taken.Contains(node.Name) || node.Name.StartsWith(WirePrefix, StringComparison.Ordinal)) is { } clash)
        {
            throw new LabException($"a node of a lab cannot be named '{clash.Name}': the lab has a namespace of that name");
        }

        int largest = LiveCheck.TunnelPacketSize(site);
        IpAddress server = IpAddress.From(site.ServerEndPoint!.Address);
        LabPlan plan = new()
        {
            Name = lab,
            Nodes = [.. site.Agents.Select((node, place) => Node(site, node, place + 1, largest))],
            UnderlayMtu = largest,
            Datapath = site.Datapath.Value,
            Underlay = Around([server, .. site.Agents.Select(node => node.TunnelAddress!.Value.Value)]),
            ServerMember = site.ServerNode!.Name,
            ServerAt = server,
            ServerOptions = [.. ServerConfig.CloudOptions(site).SelectMany(option => (string[])[$"--{option.Option}", option.Value])],
        };
        return WithoutOverlap(External(plan, site));
    }

    private const string WirePrefix = "wire-";

    private static LabNode Node(Site site, SiteNode node, int number, int largest)
    {
        string tunnelNic = node.TunnelNic?.Value ?? node.Nics.Select(nic => nic.Name).FirstOrDefault("eth0");
        List<MappedNic> mapped = [.. MappedNic.All(node)];
        LabNic tunnel = new(
            tunnelNic, LabNic.Underlay, node.Nic(tunnelNic)?.Mtu?.Value ?? largest, mapped.Find(mapping => mapping.Nic == tunnelNic)?.Mapping.PhysicalNetwork);
        return new LabNode(node.Name, node.Mode.Value, number)
        {
            TunnelAddress = node.TunnelAddress!.Value.Value,
            Nics =
            [
                tunnel,
                .. mapped.Where(mapping => mapping.Nic != tunnelNic)
                    .Select(mapping => new LabNic(mapping.Nic!, WireOf(site, mapping.Mapping.PhysicalNetwork), mapping.Mtu ?? site.Mtu.Value, mapping.Mapping.PhysicalNetwork)),
            ],
        };
    }

    /// <summary>A physical network that shares a NIC with the tunnels anywhere is on the underlay's wire everywhere.</summary>
    private static string WireOf(Site site, string physicalNetwork) =>
        site.Agents.Any(node => node.TunnelNic is { } tunnel && MappedNic.All(node).Any(mapped => mapped.Mapping.PhysicalNetwork == physicalNetwork && mapped.Nic == tunnel.Value)) ? LabNic.Underlay
        : physicalNetwork == site.ExternalPhysicalNetwork ? LabNic.External
        : WirePrefix + physicalNetwork;

    private static LabPlan External(LabPlan plan, Site site)
    {
        string? physical = site.ExternalPhysicalNetwork;
        ExternalNetwork external = site.External;
        return plan with
        {
            PhysicalNetwork = physical ?? plan.PhysicalNetwork,
            ExternalWire = physical is null ? plan.ExternalWire : WireOf(site, physical),
            ExternalVlan = external.Vlan,
            External = external.Subnet is { IsIpv4: true } four ? four : plan.External,
            ExternalV6 = external.Subnet is { IsIpv4: false } six ? six : plan.ExternalV6,
            ExternalGateway = external.Gateway is { IsIpv4: true } gateway ? gateway : null,
        };
    }

    /// <summary>The smallest prefix around all addresses, and at least a usual one, so that all are on one link.</summary>
    private static IpPrefix Around(IReadOnlyList<IpAddress> addresses)
    {
        IpPrefix around = new(addresses[0], addresses[0].IsIpv4 ? 24 : 64);
        while (!addresses.All(address => address.IsIpv4 == around.IsIpv4 && around.Contains(address)))
        {
            around = around.Length > 0 ? new IpPrefix(addresses[0], around.Length - 1) : throw new LabException("the server and the tunnels have addresses of different families, and a lab has one underlay");
        }

        return around;
    }

    private static LabPlan WithoutOverlap(LabPlan plan) =>
        plan.Underlay.Overlaps(plan.External) || plan.Underlay.Overlaps(plan.ExternalV6)
            ? throw new LabException($"the tunnels' addresses span {plan.Underlay}, which overlaps the external network; in a lab all of them are on one link")
            : plan;
}
