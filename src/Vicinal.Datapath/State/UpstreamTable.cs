using System.Diagnostics.CodeAnalysis;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>The next hops of all gateways that this node serves or stands by for: each once, however many routers send to it.</summary>
internal sealed class UpstreamTable
{
    private readonly Dictionary<(Segment Segment, IpAddress Address), Upstream> _all = [];

    public Dictionary<(Segment Segment, IpAddress Address), Upstream>.ValueCollection All => _all.Values;

    /// <summary>The external networks that have some.</summary>
    public IEnumerable<Guid> Networks => _all.Keys.Select(k => k.Segment.NetworkId).Distinct();

    /// <summary>One came or went.</summary>
    public bool Changed { get; set; }

    public bool TryGet(Segment segment, IpAddress address, [NotNullWhen(true)] out Upstream? upstream) => _all.TryGetValue((segment, address), out upstream);

    public void Count(Gateway? gateway, int by)
    {
        foreach (IpAddress address in gateway?.Row.NextHops ?? default)
        {
            Segment segment = gateway!.Segment;
            if (!_all.TryGetValue((segment, address), out Upstream? upstream))
            {
                upstream = new Upstream(segment, address);
                _all[(segment, address)] = upstream;
                Changed = true;
            }

            upstream.Uses += by;
            if (upstream.Uses == 0)
            {
                _all.Remove((segment, address));
                Changed = true;
            }
        }
    }
}
