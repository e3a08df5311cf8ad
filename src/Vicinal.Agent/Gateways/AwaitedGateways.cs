using Vicinal.Forwarding;
using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// Whether it is known who serves each router of the first state: what an earlier agent left in the kernel carries packets until then, and would end when it
/// were decided again without that. Owned by the data-path thread.
/// </summary>
internal sealed class AwaitedGateways
{
    /// <summary>In ms. Others answer within a few; a router that nobody serves is not waited for longer.</summary>
    private const long Patience = 300;

    private readonly HashSet<Guid> _unknown = [];
    private long? _since;

    /// <summary>The first full state.</summary>
    public void Begin(ReadOnlySpan<RowChange> changes, long now)
    {
        _since = now;
        foreach (RowChange change in changes)
        {
            if (change.Row is RouterRow { Lease: not GatewayLease.None } router)
            {
                _unknown.Add(router.RouterId);
            }
        }
    }

    public void Apply(IReadOnlyList<ActiveChange> changes)
    {
        foreach (ActiveChange change in changes.Where(change => change.Host is not null))
        {
            _unknown.Remove(change.RouterId);
        }
    }

    /// <summary>True once: there is a first state, and the wait for who serves is over.</summary>
    public bool TryEnd(long now)
    {
        if (_since is not { } since || (_unknown.Count > 0 && now - since < Patience))
        {
            return false;
        }

        _since = null;
        _unknown.Clear();
        return true;
    }
}
