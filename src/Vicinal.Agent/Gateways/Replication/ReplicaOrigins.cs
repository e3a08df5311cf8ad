using Vicinal.Gateways;
using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Gateways.Replication;

/// <summary>
/// From which node a router's connections are taken: of several that say them, from the one that serves, or is about to be known to, by its newer epoch; from
/// none while this node serves the router under a newer one. Owned by the data-path thread.
/// </summary>
internal sealed class ReplicaOrigins
{
    private readonly Dictionary<Guid, Known> _routers = [];

    /// <summary>Someone serves from now on: what another said is over. From one that serves on under a newer epoch it goes on.</summary>
    public void Apply(in ActiveChange change)
    {
        Known known = _routers.GetValueOrDefault(change.RouterId);
        if (change.Epoch > known.Epoch || (change.Epoch == known.Epoch && change.Host != known.Active))
        {
            _routers[change.RouterId] = new Known(change.Epoch, change.Host, !change.Here && known.Origin == change.Host ? known.Origin : null);
        }
    }

    /// <summary>A node begins to say a router's connections.</summary>
    /// <param name="epoch">Under which it served when it began. It may be known to serve under a newer one by now.</param>
    /// <returns>Whether they are taken.</returns>
    public bool TryBegin(Guid router, Epoch epoch, string host)
    {
        Known known = _routers.GetValueOrDefault(router);
        if (epoch < known.Epoch && known.Active != host)
        {
            return false;
        }

        _routers[router] = epoch > known.Epoch ? new Known(epoch, host, host) : known with { Origin = host };
        return true;
    }

    public bool IsFrom(Guid router, string host) => _routers.GetValueOrDefault(router).Origin == host;

    /// <summary>What it says does not count before it begins anew.</summary>
    public IReadOnlyList<Guid> Forget(string host)
    {
        List<Guid> forgotten = [.. _routers.Where(pair => pair.Value.Origin == host).Select(pair => pair.Key)];
        forgotten.ForEach(router => _routers[router] = _routers[router] with { Origin = null });
        return forgotten;
    }

    /// <param name="Active">Who serves under the epoch.</param>
    /// <param name="Origin">Whose word on connections counts.</param>
    private readonly record struct Known(Epoch Epoch, string? Active, string? Origin);
}
