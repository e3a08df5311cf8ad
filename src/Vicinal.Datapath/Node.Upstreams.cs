using Vicinal.Datapath.Neighbors;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>
/// Whether the routers beyond external networks answer: a gateway that nobody hears any more serves nobody. They are asked by ARP and neighbour
/// solicitation from the node's own MAC, which a standby may show as well.
/// </content>
public sealed partial class Node
{
    /// <summary>In ms, after an answer. Who does not answer is asked sooner, so that silence is known after two seconds.</summary>
    private const long UpstreamInterval = 1000;

    private const long UpstreamRetry = 300;

    /// <summary>Questions that stayed without an answer.</summary>
    private const int UpstreamPatience = 3;

    private readonly Dictionary<Guid, UpstreamHealth> _upstreams = [];

    /// <summary>Raised on the data-path thread, with the external network's id, after a change to <see cref="UpstreamHealth"/>.</summary>
    public event Action<Guid, UpstreamHealth>? UpstreamHealthChanged;

    /// <summary>
    /// By external network: those with gateways that this node serves or stands by for. With several next hops the network answers as long as one of
    /// them does, since then its wire is not at fault.
    /// </summary>
    public IReadOnlyDictionary<Guid, UpstreamHealth> UpstreamHealth => _upstreams;

    private void WatchUpstreams(long now)
    {
        UpstreamTable table = _state.Routers.Upstreams;
        if (table.Changed)
        {
            table.Changed = false;
            FollowUpstreams(table);
        }

        foreach (Upstream upstream in table.All)
        {
            if (now < upstream.Due)
            {
                continue;
            }

            if (upstream.Unanswered >= UpstreamPatience)
            {
                Settle(upstream, Datapath.UpstreamHealth.Silent);
            }

            AskUpstream(upstream);
            upstream.Unanswered++;
            upstream.Due = now + (upstream.Unanswered <= UpstreamPatience ? UpstreamRetry : UpstreamInterval);
        }
    }

    /// <summary>Alone where it was last, so that nobody else hears a question each second; all are asked when it does not answer there.</summary>
    private void AskUpstream(Upstream upstream)
    {
        Segment segment = upstream.Segment;
        if (segment is { IsUp: true, Physical: >= 0 })
        {
            MacAddress nic = _settings.PhysicalNetworks[segment.Physical].NicMac;
            NeighborAsker asker = new(nic, upstream.Address.IsIpv4 ? IpAddress.Ipv4Any : IpAddress.LinkLocalFor(nic));
            Ask(new Solicitation(segment.Number, upstream.Address, asker, upstream.Unanswered == 0 ? upstream.Mac : MacAddress.Zero));
        }
    }

    private void HearUpstream(Segment segment, IpAddress address, MacAddress mac, long now)
    {
        if (_state.Routers.Upstreams.TryGet(segment, address, out Upstream? upstream))
        {
            upstream.Mac = mac;
            upstream.Unanswered = 0;
            upstream.Due = now + UpstreamInterval;
            Settle(upstream, Datapath.UpstreamHealth.Answers);
        }
    }

    /// <summary>A gateway that takes over knows its next hops from before, so that its first packets wait for nobody's answer.</summary>
    private void RecallUpstream(in NeighborNeed need, long now)
    {
        if (_state.Segments.TryByNumber(need.Segment, out Segment? segment)
            && _state.Routers.Upstreams.TryGet(segment, need.Address, out Upstream? upstream) && upstream.Health == Datapath.UpstreamHealth.Answers)
        {
            _ = _neighbors.Recall(need.Segment, need.Address, upstream.Mac, need.Asker, now);
        }
    }

    private void Settle(Upstream upstream, UpstreamHealth health)
    {
        if (upstream.Health != health)
        {
            upstream.Health = health;
            Report(upstream.Segment.NetworkId);
        }
    }

    private void FollowUpstreams(UpstreamTable table)
    {
        HashSet<Guid> networks = [.. table.Networks];
        foreach (Guid gone in _upstreams.Keys.Where(id => !networks.Contains(id)).ToList())
        {
            _upstreams.Remove(gone);
        }

        foreach (Guid network in networks)
        {
            Report(network);
        }
    }

    private void Report(Guid network)
    {
        UpstreamHealth health = Datapath.UpstreamHealth.Silent;
        foreach (Upstream upstream in _state.Routers.Upstreams.All)
        {
            if (upstream.Segment.NetworkId == network && upstream.Health != Datapath.UpstreamHealth.Silent)
            {
                health = upstream.Health == Datapath.UpstreamHealth.Answers || health == Datapath.UpstreamHealth.Answers
                    ? Datapath.UpstreamHealth.Answers
                    : Datapath.UpstreamHealth.Unknown;
            }
        }

        if (!_upstreams.TryGetValue(network, out UpstreamHealth known) || known != health)
        {
            _upstreams[network] = health;
            UpstreamHealthChanged?.Invoke(network, health);
        }
    }
}
