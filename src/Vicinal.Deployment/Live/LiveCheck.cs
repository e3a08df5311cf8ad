using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Live;

/// <summary>Compares a node of the site with the machine that it is. Pure: the machine was asked before.</summary>
public static class LiveCheck
{
    /// <summary>Bytes of the largest packet that the node's tunnels send, with the outer IP header.</summary>
    public static int TunnelPacketSize(Site site) => MtuRules.TunnelPacketSize(site);

    public static void Run(Site site, SiteNode node, LiveMachine machine, FindingList found)
    {
        foreach (string right in machine.MissingRights)
        {
            found.Add(FindingKinds.MissingRights, node.Place, right, node);
        }

        if (machine.Clock is { IsSynchronised: false } clock)
        {
            found.Add(FindingKinds.Clock, node.Place, $"the kernel says that nothing disciplines the clock; it may be off by {clock.MaxErrorMicroseconds / 1000} ms or more", node);
        }

        if (!node.IsAgent)
        {
            return;
        }

        if (machine.KernelRefusal is { } refusal)
        {
            found.Add(FindingKinds.KernelFeatures, node.Place, refusal, node);
        }

        CheckTunnel(site, node, machine, found);
        foreach (MappedNic mapped in MappedNic.All(node).Where(mapped => mapped.Nic is not null))
        {
            CheckMapped(site, node, mapped, machine, found);
        }

        foreach (TunnelProbe probe in machine.Probes)
        {
            CheckProbe(site, node, probe, found);
        }
    }

    private static void CheckTunnel(Site site, SiteNode node, LiveMachine machine, FindingList found)
    {
        if (node.TunnelNic is { } named && Find(node, named.Value, named.Place, machine, found) is { } nic)
        {
            CheckMtu(node, nic, TunnelPacketSize(site), "tunnel packets have up to", named.Place, found);
        }

        if (node.TunnelAddress is { } address)
        {
            LiveNic? holder = machine.Nics.FirstOrDefault(on => on.Addresses.Contains(address.Value));
            if (holder is null)
            {
                found.Add(FindingKinds.AddressMissing, address.Place, $"no NIC of this machine has {address.Value}", node);
            }
            else if (node.TunnelNic is { } wanted && wanted.Value != holder.Name && machine.Nic(wanted.Value) is not null)
            {
                found.Add(FindingKinds.AddressMissing, address.Place, $"{address.Value} is on {holder.Name}, and not on {wanted.Value}", node);
            }
        }
    }

    private static void CheckMapped(Site site, SiteNode node, MappedNic mapped, LiveMachine machine, FindingList found)
    {
        Place place = node.BridgeMappings.Place;
        if (Find(node, mapped.Nic!, place, machine, found) is not { } nic)
        {
            return;
        }

        if (nic.Master is { } master)
        {
            found.Add(FindingKinds.NicInBridge, place, $"{nic.Name} is part of {master}, and {mapped.Mapping.PhysicalNetwork} is mapped to it", node);
        }

        CheckMtu(node, nic, MtuRules.PhysicalMtu(mapped.Mapping.PhysicalNetwork, SiteCloud.Of(site)), $"networks on {mapped.Mapping.PhysicalNetwork} are told", place, found);
    }

    private static LiveNic? Find(SiteNode node, string name, Place place, LiveMachine machine, FindingList found)
    {
        LiveNic? nic = machine.Nic(name);
        if (nic is null)
        {
            found.Add(FindingKinds.NicMissing, place, $"this machine has no {name}; it has {string.Join(", ", machine.Nics.Select(there => there.Name))}", node);
        }
        else if (!nic.HasCarrier)
        {
            found.Add(FindingKinds.NicDown, place, $"{name} is down, or has no carrier", node);
        }

        return nic;
    }

    private static void CheckMtu(SiteNode node, LiveNic nic, int needed, string why, Place place, FindingList found)
    {
        if (nic.Mtu < needed)
        {
            found.Add(FindingKinds.NicMtu, place, $"{nic.Name} carries {nic.Mtu} bytes, and {why} {needed}", node);
        }
    }

    private static void CheckProbe(Site site, SiteNode node, TunnelProbe probe, FindingList found)
    {
        Place place = site.Node(probe.Node)?.TunnelAddress?.Place ?? node.Place;
        if (!probe.AnswersSmall)
        {
            found.Add(FindingKinds.PeerSilent, place, $"{probe.Node} at {probe.Address} does not answer to echo requests from {node.Name}", node);
        }
        else if (!probe.AnswersFull)
        {
            found.Add(FindingKinds.PathMtu, place, $"{probe.Node} at {probe.Address} answers small packets from {node.Name}, and none of {probe.Size} bytes with DF set", node);
        }
    }
}
