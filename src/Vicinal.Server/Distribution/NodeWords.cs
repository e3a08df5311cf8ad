using Vicinal.Compiler;
using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Gateways;

namespace Vicinal.Server.Distribution;

/// <summary>
/// Keeps the status of ports and floating IPs true to what the nodes said. Most of it follows from a node's own message; the
/// rest is here: an edit that made a resource DOWN and came out with the same rows (an unbinding and its reversal, compiled
/// together) gives the node nothing to report again, so its last word is applied anew.
/// </summary>
internal sealed class NodeWords(StatusWriter statuses, ActiveGateways gateways)
{
    private readonly Lock _lock = new();
    private readonly FloatingIpOwners _owners = new();

    // The last one compiled; what is said of it is said under the lock, so that an older word never follows a newer one.
    private ForwardingSnapshot _compiled = ForwardingSnapshot.Empty;

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

    /// <summary>Another node serves the router's gateway, or none for the moment: then what it said last stands.</summary>
    public void GatewayMoved(Guid router)
    {
        lock (_lock)
        {
            FloatingIpsAtGateway(_compiled.Unit(UnitId.Router(router)));
        }
    }

    /// <summary>No node serves the router's gateway, nor will one in the next moment.</summary>
    public void GatewayLost(Guid router)
    {
        lock (_lock)
        {
            if (gateways.Find(router) is not { Host: null })
            {
                return;
            }

            foreach (StaticNatRow row in _compiled.Unit(UnitId.Router(router)).Rows.OfType<StaticNatRow>().Where(row => row.AtGateway))
            {
                _owners.Forget(row.FloatingIpId);
                statuses.FloatingIp(row.FloatingIpId, null);
            }
        }
    }

    /// <summary>After a compilation of changes.</summary>
    public void Compiled(IReadOnlyList<ResourceChange> changes, IReadOnlyList<RowChange> rows, ForwardingSnapshot after)
    {
        lock (_lock)
        {
            _compiled = after;
            Say(changes, rows);
        }
    }

    /// <summary>After a compilation of everything.</summary>
    public void Compiled(ForwardingSnapshot all)
    {
        lock (_lock)
        {
            _compiled = all;
            foreach (UnitTable unit in all.Units.Where(unit => unit.Id.Kind == UnitKind.Router))
            {
                foreach (StaticNatRow row in unit.Rows.OfType<StaticNatRow>())
                {
                    FloatingIp(row.FloatingIpId, row, unit, all.Revision);
                }
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private void Say(IReadOnlyList<ResourceChange> changes, IReadOnlyList<RowChange> rows)
    {
        HashSet<Guid> renewed = [];
        foreach (RowChange row in rows.Where(row => row.Key.Kind is RowKind.StaticNat or RowKind.LocalPort or RowKind.Router))
        {
            renewed.Add(row.Key.Id);
            if (row.Key.Kind == RowKind.StaticNat)
            {
                FloatingIp(row.Key.Id, (StaticNatRow?)row.Row, _compiled.Unit(row.Unit), _compiled.Revision);
            }
            else if (row.Row is RouterRow)
            {
                FloatingIpsAtGateway(_compiled.Unit(row.Unit));
            }
            else if (row.Key.Kind == RowKind.Router)
            {
                gateways.Forget(row.Key.Id);
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
                UnitTable unit = _compiled.Unit(UnitId.Router(router));
                FloatingIp(change.Id, (StaticNatRow?)unit.Find(new RowKey(RowKind.StaticNat, change.Id)), unit, unit.Revision);
            }
        }
    }

    private void FloatingIpsAtGateway(UnitTable router)
    {
        foreach (StaticNatRow row in router.Rows.OfType<StaticNatRow>().Where(row => row.AtGateway))
        {
            FloatingIp(row.FloatingIpId, row, router, router.Revision);
        }
    }

    /// <param name="router">The unit of the row.</param>
    private void FloatingIp(Guid floatingIp, StaticNatRow? row, UnitTable router, long revision)
    {
        bool? served;
        if (row is not { AtGateway: true })
        {
            served = _owners.Changed(floatingIp, row, row?.OwnerHost, revision);
        }
        else if (router.Find(new RowKey(RowKind.Router, row.RouterId)) is not RouterRow { GatewayNodes: { IsEmpty: false } nodes })
        {
            served = _owners.Changed(floatingIp, row, owner: null, revision);
        }
        else if (gateways.ServingHost(row.RouterId, nodes[0].Host) is { } host)
        {
            served = _owners.Changed(floatingIp, row, host, revision);
        }
        else
        {
            // Some node will say that it serves.
            _owners.Forget(floatingIp);
            return;
        }

        if (served is { } known)
        {
            statuses.FloatingIp(floatingIp, known ? row : null);
        }
    }

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
