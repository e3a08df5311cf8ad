using System.Net;
using Vicinal.Deployment.Sites;
using Vicinal.Packets;

namespace Vicinal.Deployment.Checks;

/// <summary>The nodes themselves: a server that all find, and one tunnel address each.</summary>
internal static class NodeRules
{
    public static void Check(Site site, FindingList found)
    {
        CheckServer(site, found);
        CheckNames(site, found);
        foreach (SiteNode node in site.Nodes.Where(node => node.Roles.Value.Count == 0))
        {
            found.Add(FindingKinds.NoRole, node.Roles.Place, $"{node.Name} has no role", node);
        }

        foreach (SiteNode node in site.Agents)
        {
            CheckTunnel(node, found);
        }

        CheckAddresses(site, found);
    }

    private static void CheckServer(Site site, FindingList found)
    {
        List<SiteNode> servers = [.. site.Nodes.Where(node => node.Is(NodeRole.Server))];
        if (servers.Count == 0)
        {
            found.Add(FindingKinds.NoServer, new(site.File, 0, "nodes"), "none of the nodes has the role 'server'");
            return;
        }

        foreach (SiteNode extra in servers.Skip(1))
        {
            found.Add(FindingKinds.SeveralServers, extra.Roles.Place, $"{extra.Name} is a server, and so is {servers[0].Name}", extra);
        }

        bool others = site.Agents.Any(node => node != servers[0]);
        if (site.ServerEndPoint is not { } point)
        {
            found.Add(FindingKinds.ServerAddressMissing, servers[0].Place, $"{servers[0].Name} has neither 'address' nor 'tunnel-ip'", servers[0]);
        }
        else if (others && IPAddress.IsLoopback(point.Address))
        {
            found.Add(FindingKinds.ServerAddressMissing, site.Server.Agents?.Place ?? servers[0].Place, $"agents on other nodes cannot reach {point}", servers[0]);
        }
    }

    /// <summary>c1 and C1, or c1.example.org and c1, are one host to DNS and to people.</summary>
    private static void CheckNames(Site site, FindingList found)
    {
        Dictionary<string, SiteNode> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (SiteNode node in site.Nodes)
        {
            string host = node.Name.Split('.')[0];
            if (!seen.TryAdd(host, node))
            {
                found.Add(FindingKinds.DuplicateName, node.Place, $"{node.Name} and {seen[host].Name} are one host name, '{host}'", node);
            }
        }
    }

    private static void CheckTunnel(SiteNode node, FindingList found)
    {
        if (node.TunnelAddress is null)
        {
            found.Add(FindingKinds.TunnelAddressMissing, node.Place, $"{node.Name} has no 'tunnel-ip'", node);
        }

        if (node.TunnelNic is not { } nic)
        {
            found.Add(FindingKinds.TunnelNicUnknown, node.Place, $"{node.Name} does not say which NIC its tunnel address is on, so the NIC's MTU is not checked", node);
        }
        else if (node.Nic(nic.Value) is null)
        {
            found.Add(FindingKinds.TunnelNicUnknown, nic.Place, $"'{nic.Value}' is none of the NICs of {node.Name}", node);
        }
    }

    private static void CheckAddresses(Site site, FindingList found)
    {
        Dictionary<IpAddress, SiteNode> seen = [];
        SiteNode? first = null;
        foreach (SiteNode node in site.Agents.Where(node => node.TunnelAddress is not null))
        {
            Setting<IpAddress> address = node.TunnelAddress!.Value;
            first ??= node;
            if (!seen.TryAdd(address.Value, node))
            {
                found.Add(FindingKinds.DuplicateAddress, address.Place, $"{address.Value} is the tunnel address of {node.Name} and of {seen[address.Value].Name}", node);
            }
            else if (address.Value.IsIpv4 != first.TunnelAddress!.Value.Value.IsIpv4)
            {
                found.Add(FindingKinds.TunnelFamily, address.Place, $"{address.Value} of {node.Name} and {first.TunnelAddress.Value.Value} of {first.Name} are of different families", node);
            }
        }
    }
}
