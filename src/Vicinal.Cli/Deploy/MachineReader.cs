using Vicinal.Agent.Kernel;
using Vicinal.Deployment.Live;
using Vicinal.Deployment.Sites;
using Vicinal.Devices;
using Vicinal.Devices.Netlink;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Cli.Deploy;

/// <summary>Asks this machine what a live check compares with the site. It changes nothing; what the kernel is asked to make for a probe is gone at once.</summary>
internal static class MachineReader
{
    public static LiveMachine Read(Site site, SiteNode node, bool probe)
    {
        IReadOnlyList<string> missing = node.IsAgent ? Capabilities.Detect().MissingForAgent() : [];
        bool privileged = missing.Count == 0;
        return new LiveMachine
        {
            Nics = ReadNics(),
            MissingRights = missing,
            KernelRefusal = node.IsAgent && privileged && site.Datapath.Value != "userspace" ? KernelReport.Refusal() : null,
            Clock = ClockState.Read() is { } clock ? new LiveClock(clock.IsSynchronised, clock.MaxErrorMicroseconds) : null,
            Probes = probe && privileged && node.IsAgent ? [.. Peers(site, node).Select(peer => Probe(site, peer))] : [],
        };
    }

    private static List<LiveNic> ReadNics()
    {
        using Rtnetlink netlink = Rtnetlink.Open();
        IReadOnlyList<LinkInfo> links = netlink.Links();
        ILookup<int, IpAddress> addresses = netlink.Addresses().ToLookup(address => address.LinkIndex, address => address.Address);
        return
        [
            .. links.Where(link => !link.IsLoopback).Select(link => new LiveNic(
                link.Name, link.Mtu, link.HasCarrier,
                link.MasterIndex == 0 ? null : links.FirstOrDefault(other => other.Index == link.MasterIndex)?.Name ?? $"interface {link.MasterIndex}",
                [.. addresses[link.Index]])),
        ];
    }

    private static IEnumerable<SiteNode> Peers(Site site, SiteNode node) => site.Agents.Where(other => other != node && other.TunnelAddress is not null);

    private static TunnelProbe Probe(Site site, SiteNode peer)
    {
        IpAddress address = peer.TunnelAddress!.Value.Value;
        int size = LiveCheck.TunnelPacketSize(site);
        int headers = address.IsIpv4 ? 28 : 48;
        bool small = Answers(new PingOptions { Count = 3, TimeoutMilliseconds = 300 });
        return new TunnelProbe(peer.Name, address, size, small, small && Answers(new PingOptions { Count = 3, TimeoutMilliseconds = 300, PayloadBytes = size - headers, DontFragment = true }));

        bool Answers(PingOptions options) => PingProbe.Run(address, options).Any(reply => reply is { IsEcho: true });
    }
}
