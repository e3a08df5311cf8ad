using Vicinal.Datapath;
using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Gateways.Replication;

/// <summary>What other nodes say of the connections of routers that they serve. Owned by the data-path thread.</summary>
/// <param name="inFull">Told when the set of a router that a host serves is complete, or no longer.</param>
internal sealed class ActiveStreams(Node node, ulong incarnation, Action<Guid, string, bool> inFull)
{
    private readonly Dictionary<string, ActiveStream> _actives = new(StringComparer.Ordinal);
    private readonly ReplicaOrigins _origins = new();
    private readonly HashSet<Guid> _known = [];
    private ulong _streams;

    public IReadOnlyCollection<ActiveStream> All => _actives.Values;

    public void SetActive(in ActiveChange change) => _origins.Apply(in change);

    public ActiveStream Of(string host)
    {
        if (!_actives.TryGetValue(host, out ActiveStream? active))
        {
            // A sender takes another number for another process, and begins anew.
            _actives[host] = active = new ActiveStream(host, node, _origins, incarnation + ++_streams, _known.Contains, inFull);
        }

        return active;
    }

    /// <summary>The router has a row. Those who said its connections before it came are made to say all again.</summary>
    public void Learn(Guid router)
    {
        if (!_known.Add(router))
        {
            return;
        }

        foreach (ActiveStream active in _actives.Values.Where(active => active.HasMissed(router)).ToList())
        {
            _actives.Remove(active.Host);
            foreach (Guid complete in active.Complete)
            {
                inFull(complete, active.Host, false);
            }

            _ = _origins.Forget(active.Host);
        }
    }

    public void Forget(Guid router) => _known.Remove(router);
}
