using Microsoft.Extensions.Logging;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Server.Gateways;

/// <summary>
/// Who serves each router's gateway: the nodes agree on that among themselves and tell; of two that say they serve, the one of the newer
/// epoch does. Kept in memory alone. A node that is gone from the server may serve on, so its last word stands until another one takes over.
/// Any thread may call it.
/// </summary>
public sealed class ActiveGateways(TimeProvider time, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, ActiveGateway> _active = [];

    // By host.
    private readonly Dictionary<string, Dictionary<Guid, GatewayRole>> _roles = new(StringComparer.Ordinal);

    /// <summary>The serving node of a router, or null while none has said that it does since this server's start.</summary>
    public ActiveGateway? Find(Guid router)
    {
        lock (_lock)
        {
            return _active.GetValueOrDefault(router);
        }
    }

    /// <summary>The host that serves the router now, or null where none does or none is known.</summary>
    /// <param name="first">Its first gateway node. One that says nothing of gateways goes by the rows, and by those the first one serves.</param>
    public string? ServingHost(Guid router, string first)
    {
        lock (_lock)
        {
            return _active.TryGetValue(router, out ActiveGateway? told) ? told.Host : _roles.ContainsKey(first) ? null : first;
        }
    }

    /// <summary>What the host is for the router's gateway; null while it has said nothing of any gateway.</summary>
    public GatewayRole? RoleOf(Guid router, string host)
    {
        lock (_lock)
        {
            if (!_roles.TryGetValue(host, out Dictionary<Guid, GatewayRole>? roles))
            {
                return null;
            }

            // One that says active under an older epoch has not heard yet that it is not.
            bool serves = _active.GetValueOrDefault(router)?.Host == host;
            return serves ? GatewayRole.Active : roles.GetValueOrDefault(router, GatewayRole.Standby) is GatewayRole.None ? GatewayRole.None : GatewayRole.Standby;
        }
    }

    /// <summary>Takes a node's word.</summary>
    /// <param name="all">These are all roles of the node: it serves no other router.</param>
    /// <returns>The routers that are served by another node, or by none, from now on.</returns>
    internal IReadOnlyList<Guid> Told(string host, bool all, IReadOnlyList<GatewayRoleReport> reports)
    {
        List<Guid> changed = [];
        lock (_lock)
        {
            if (!_roles.TryGetValue(host, out Dictionary<Guid, GatewayRole>? roles))
            {
                _roles[host] = roles = [];
            }

            if (all)
            {
                roles.Clear();
                HashSet<Guid> served = [.. reports.Where(static report => report.Role == GatewayRole.Active).Select(static report => report.RouterId)];
                changed.AddRange(_active.Where(pair => pair.Value.Host == host && !served.Contains(pair.Key)).Select(static pair => pair.Key));
                changed.ForEach(router => Set(router, null, _active[router].Epoch));
            }

            foreach (GatewayRoleReport report in reports)
            {
                roles[report.RouterId] = report.Role;
                if (Take(host, report))
                {
                    changed.Add(report.RouterId);
                }
            }
        }

        return changed;
    }

    internal void Forget(Guid router)
    {
        lock (_lock)
        {
            _active.Remove(router);
            foreach (Dictionary<Guid, GatewayRole> roles in _roles.Values)
            {
                roles.Remove(router);
            }
        }
    }

    private bool Take(string host, GatewayRoleReport report)
    {
        ActiveGateway? known = _active.GetValueOrDefault(report.RouterId);
        if (report.Role != GatewayRole.Active)
        {
            return known?.Host == host && Set(report.RouterId, null, known.Epoch);
        }

        // Of the same epoch there is one holder alone, who may have paused.
        bool isNewer = known is null || report.Epoch > known.Epoch || (report.Epoch == known.Epoch && known.Host is null);
        return isNewer && Set(report.RouterId, host, report.Epoch);
    }

    /// <returns>Whether another node serves than before.</returns>
    private bool Set(Guid router, string? host, ulong epoch)
    {
        ActiveGateway? known = _active.GetValueOrDefault(router);
        if (known is { Host: { } served } && served == host)
        {
            _active[router] = known with { Epoch = epoch };
            return false;
        }

        string? before = known?.Host ?? known?.Before;
        _active[router] = new ActiveGateway(host, epoch, time.GetUtcNow(), before);
        if (host is not null)
        {
            log.LogInformation(
                "The gateway of router {Router} is served by {To}, before by {From}, epoch {Schedule}.{Turn}",
                router,
                host,
                before ?? "none that is known",
                epoch >> 32,
                (uint)epoch);
        }

        return true;
    }
}
