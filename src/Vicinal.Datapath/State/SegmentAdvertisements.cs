using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.State;

/// <summary>
/// The router advertisements of a segment (RFC 4861 section 6.2.3): those that hold, and for a while after a change those that take back what was said
/// before. Made anew when a row of the segment changes, and only sent in between.
/// </summary>
internal sealed class SegmentAdvertisements
{
    /// <summary>Milliseconds for which what is no more is taken back in front of everybody who may have heard it.</summary>
    private const long FarewellTime = 30_000;

    /// <summary>Seconds, the longest that section 6.2.1 allows: a node whose agent is away goes on routing and says nothing.</summary>
    private const ushort RouterLifetime = 9000;

    private const uint ValidLifetime = 86_400;
    private const uint PreferredLifetime = 14_400;

    /// <summary>Seconds; what two hours may still end is all that hosts let anybody shorten a prefix to (RFC 4862 section 5.5.3).</summary>
    private const uint LastValidLifetime = 7200;

    private const int MaxDnsServers = 8;

    public ValueList<SegmentAdvertisement> Current { get; private set; }

    public ValueList<SegmentAdvertisement> Leaving { get; private set; }

    public long LeavingUntil { get; private set; }

    public bool IsSilent => Current.IsEmpty && Leaving.IsEmpty;

    /// <summary>True when hosts must hear of a difference.</summary>
    public bool Update(Segment segment, long now)
    {
        ValueList<SegmentAdvertisement> next = segment.Row is { AdminUp: true } row ? Compose(segment, row.Mtu) : default;
        if (next == Current)
        {
            return false;
        }

        ValueList<SegmentAdvertisement> pending = now < LeavingUntil ? Leaving : default;
        Leaving = Current.Concat(pending).Select(old => Farewell(old, next)).OfType<SegmentAdvertisement>().DistinctBy(static a => (a.Router, a.Content)).ToValueList();
        LeavingUntil = now + FarewellTime;
        Current = next;
        return true;
    }

    public void Tick(long now)
    {
        if (now >= LeavingUntil)
        {
            Leaving = default;
        }
    }

    private static ValueList<SegmentAdvertisement> Compose(Segment segment, int mtu)
    {
        SubnetRow[] subnets = [.. segment.Subnets.Values.Where(Ipv6Configuration.IsAdvertised)];
        if (subnets.Length == 0)
        {
            return default;
        }

        List<SegmentAdvertisement> result = [];
        HashSet<Guid> routed = [];
        foreach (RouterInterface port in segment.Interfaces.Where(static i => i.Router.IsUp).OrderBy(static i => i.Row.PortId))
        {
            SubnetRow[] own = [.. subnets.Where(s => port.Row.Addresses.Any(a => s.Cidr.Contains(a.Address)))];
            if (own.Length > 0)
            {
                routed.UnionWith(own.Select(static s => s.SubnetId));
                result.Add(new SegmentAdvertisement(port.Mac, port.LinkLocal, Content(segment, own, mtu, port.Mac, RouterLifetime)));
            }
        }

        SubnetRow[] isolated = [.. subnets.Where(s => !routed.Contains(s.SubnetId))];
        if (isolated.Length > 0)
        {
            result.Add(new SegmentAdvertisement(ServiceAddress.Mac, ServiceAddress.Ipv6, Content(segment, isolated, mtu, ServiceAddress.Mac, 0)));
        }

        return result.ToValueList();
    }

    private static RouterAdvertisement Content(Segment segment, SubnetRow[] subnets, int mtu, MacAddress mac, ushort lifetime)
    {
        string domain = segment.LocalPorts.Select(static p => p.Instance?.DnsDomain).FirstOrDefault(static d => d is { Length: > 0 }) ?? "";
        return new RouterAdvertisement
        {
            CurrentHopLimit = 64,
            Managed = subnets.Any(static s => s.RaMode == Ipv6Mode.Stateful),
            OtherConfiguration = subnets.Any(static s => s.RaMode is Ipv6Mode.Stateful or Ipv6Mode.Stateless),
            RouterLifetime = lifetime,
            SourceLinkLayer = mac,
            Mtu = mtu,
            Prefixes = subnets.Select(static s => new AdvertisedPrefix(s.Cidr, true, s.RaMode != Ipv6Mode.Stateful, ValidLifetime, PreferredLifetime)).ToValueList(),
            DnsServers = ServersOf(subnets),
            SearchDomains = domain.Length > 0 ? [domain] : default,
            DnsLifetime = RouterLifetime,
        };
    }

    /// <summary>The subnets' own, and the node where they have none. :: says that there shall be none.</summary>
    private static ValueList<IpAddress> ServersOf(SubnetRow[] subnets)
    {
        IpAddress[] given = [.. subnets.SelectMany(static s => s.DnsServers).Where(static a => a.IsIpv6).Distinct().Take(MaxDnsServers)];
        return given.Length == 0 ? [ServiceAddress.Ipv6] : given.Where(static a => !a.IsUnspecified).ToValueList();
    }

    /// <summary>What takes back what of the old is in none of the new; null when all of it is.</summary>
    private static SegmentAdvertisement? Farewell(SegmentAdvertisement old, ValueList<SegmentAdvertisement> next)
    {
        bool stays = next.Any(a => a.Router == old.Router);
        ValueList<AdvertisedPrefix> gone = old.Content.Prefixes
            .Where(prefix => !next.SelectMany(static a => a.Content.Prefixes).Any(p => p.Prefix == prefix.Prefix))
            .Select(static prefix => prefix with { ValidLifetime = LastValidLifetime, PreferredLifetime = 0 })
            .ToValueList();
        if (stays && gone.IsEmpty)
        {
            return null;
        }

        RouterAdvertisement content = new()
        {
            CurrentHopLimit = old.Content.CurrentHopLimit,
            RouterLifetime = stays ? next.First(a => a.Router == old.Router).Content.RouterLifetime : (ushort)0,
            SourceLinkLayer = old.Content.SourceLinkLayer,
            Prefixes = gone,
            DnsServers = stays ? default : old.Content.DnsServers,
            DnsLifetime = 0,
        };
        return old with { Content = content };
    }
}
