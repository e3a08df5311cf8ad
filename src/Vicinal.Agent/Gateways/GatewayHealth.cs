using Vicinal.Datapath;
using Vicinal.Devices.Netlink;
using Vicinal.Forwarding;
using Vicinal.Gateways;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// How this node reaches each external network: whether the NIC has a carrier, and whether somebody answers beyond it. Tells the election each change
/// once. Owned by the data-path thread.
/// </summary>
/// <param name="interfaces">NIC by physical network.</param>
/// <param name="tell">With the external network, whether there is a carrier, and what is known of who is beyond.</param>
internal sealed class GatewayHealth(IReadOnlyDictionary<string, string> interfaces, Action<Guid, bool, UpstreamState> tell)
{
    // What reaches each external network: a physical network, or null for a tunnelled one.
    private readonly Dictionary<Guid, string?> _networks = [];
    private readonly HashSet<string> _carriers = [];
    private readonly Dictionary<Guid, UpstreamState> _upstreams = [];
    private readonly Dictionary<Guid, (bool Link, UpstreamState Upstream)> _told = [];

    public void Apply(ReadOnlySpan<RowChange> changes)
    {
        foreach (RowChange change in changes)
        {
            if (change.Key.Kind != RowKind.Segment)
            {
                continue;
            }

            if (change.Row is SegmentRow { External: true } segment)
            {
                _networks[segment.NetworkId] = segment.PhysicalNetwork;
                Tell(segment.NetworkId);
            }
            else
            {
                _networks.Remove(change.Key.Id);
                _told.Remove(change.Key.Id);
                _upstreams.Remove(change.Key.Id);
            }
        }
    }

    public void Apply(LinkEvent change)
    {
        bool carries = change is { Change: not LinkChange.Vanished, Link: { IsUp: true, HasCarrier: true } };
        bool moved = carries ? _carriers.Add(change.Link.Name) : _carriers.Remove(change.Link.Name);
        if (moved)
        {
            foreach (Guid network in _networks.Keys)
            {
                Tell(network);
            }
        }
    }

    public void Apply(Guid network, UpstreamHealth health)
    {
        _upstreams[network] = (UpstreamState)health;
        Tell(network);
    }

    private void Tell(Guid network)
    {
        if (!_networks.TryGetValue(network, out string? physical))
        {
            return;
        }

        bool link = physical is null || (interfaces.TryGetValue(physical, out string? nic) && _carriers.Contains(nic));
        (bool Link, UpstreamState Upstream) health = (link, _upstreams.GetValueOrDefault(network));
        if (!_told.TryGetValue(network, out (bool, UpstreamState) told) || told != health)
        {
            _told[network] = health;
            tell(network, health.Link, health.Upstream);
        }
    }
}
