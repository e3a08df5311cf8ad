using Vicinal.Compiler;
using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Distribution;

/// <summary>
/// Keeps the status of ports and floating IPs true to what the nodes said. Most of it follows from a node's own message; the
/// rest is here: an edit that made a resource DOWN and came out with the same rows (an unbinding and its reversal, compiled
/// together) gives the node nothing to report again, so its last word is applied anew.
/// </summary>
internal sealed class NodeWords(StatusWriter statuses)
{
    private readonly Lock _lock = new();
    private readonly FloatingIpOwners _owners = new();

    /// <summary>By host: what each connected agent said of its ports.</summary>
    private readonly Dictionary<string, Dictionary<Guid, bool>> _ports = new(StringComparer.Ordinal);

    public void PortReported(string host, Guid port, bool up)
    {
        lock (_lock)
        {
            if (!_ports.TryGetValue(host, out Dictionary<Guid, bool>? words))
            {
                _ports[host] = words = [];
            }

            words[port] = up;
        }

        statuses.Port(port, host, up);
    }

    /// <summary>An agent that connects says everything anew; one that is gone keeps what it said in the model, not here.</summary>
    public void Forget(string host)
    {
        lock (_lock)
        {
            _ports.Remove(host);
        }
    }

    public void Applied(string host, long revision)
    {
        IReadOnlyList<StaticNatRow> served;
        lock (_lock)
        {
            served = _owners.Applied(host, revision);
        }

        foreach (StaticNatRow row in served)
        {
            statuses.FloatingIp(row.FloatingIpId, row);
        }
    }

    /// <summary>After a compilation of changes.</summary>
    public void Compiled(IReadOnlyList<ResourceChange> changes, IReadOnlyList<RowChange> rows, ForwardingSnapshot after)
    {
        HashSet<Guid> renewed = [];
        foreach (RowChange row in rows.Where(row => row.Key.Kind is RowKind.StaticNat or RowKind.LocalPort or RowKind.Router))
        {
            renewed.Add(row.Key.Id);
            if (row.Key.Kind == RowKind.StaticNat)
            {
                FloatingIp(row.Key.Id, (StaticNatRow?)row.Row, after.Unit(row.Unit), after.Revision);
            }
            else if (row.Row is RouterRow)
            {
                FloatingIpsAtGateway(after.Unit(row.Unit), after.Revision);
            }
            else if (row.Row is null)
            {
                ForgetPort(row.Key.Id);
            }
        }

        foreach (ResourceChange change in changes.Where(change => !renewed.Contains(change.Id)))
        {
            if (change.After is Port { BindingHostId.Length: > 0, Status: PortStatus.Down } port)
            {
                RepeatPort(port);
            }
            else if (change.After is FloatingIp { PortId: not null, RouterId: { } router, Status: PortStatus.Down })
            {
                UnitTable unit = after.Unit(UnitId.Router(router));
                FloatingIp(change.Id, (StaticNatRow?)unit.Find(new RowKey(RowKind.StaticNat, change.Id)), unit, unit.Revision);
            }
        }
    }

    /// <summary>After a compilation of everything.</summary>
    public void Compiled(ForwardingSnapshot all)
    {
        foreach (UnitTable unit in all.Units.Where(unit => unit.Id.Kind == UnitKind.Router))
        {
            foreach (StaticNatRow row in unit.Rows.OfType<StaticNatRow>())
            {
                FloatingIp(row.FloatingIpId, row, unit, all.Revision);
            }
        }
    }

    private void FloatingIpsAtGateway(UnitTable router, long revision)
    {
        foreach (StaticNatRow row in router.Rows.OfType<StaticNatRow>().Where(row => row.AtGateway))
        {
            FloatingIp(row.FloatingIpId, row, router, revision);
        }
    }

    /// <param name="router">The unit of the row, which says who serves the gateway.</param>
    private void FloatingIp(Guid floatingIp, StaticNatRow? row, UnitTable router, long revision)
    {
        string? owner = row is { AtGateway: true } ? GatewayOf(router, row.RouterId) : row?.OwnerHost;
        bool? served;
        lock (_lock)
        {
            served = _owners.Changed(floatingIp, row, owner, revision);
        }

        if (served is { } known)
        {
            statuses.FloatingIp(floatingIp, known ? row : null);
        }
    }

    private static string? GatewayOf(UnitTable unit, Guid router) =>
        unit.Find(new RowKey(RowKind.Router, router)) is RouterRow { GatewayNodes: { IsEmpty: false } nodes } ? nodes[0].Host : null;

    private void RepeatPort(Port port)
    {
        bool up;
        lock (_lock)
        {
            up = _ports.TryGetValue(port.BindingHostId, out Dictionary<Guid, bool>? words) && words.GetValueOrDefault(port.Id);
        }

        if (up)
        {
            statuses.Port(port.Id, port.BindingHostId, up);
        }
    }

    private void ForgetPort(Guid port)
    {
        lock (_lock)
        {
            foreach (Dictionary<Guid, bool> words in _ports.Values)
            {
                words.Remove(port);
            }
        }
    }
}
