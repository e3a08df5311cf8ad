using Vicinal.Compiler.Calculators;
using Vicinal.Forwarding;

namespace Vicinal.Compiler.Subscriptions;

/// <summary>
/// Who needs which unit, as a function of the compiled rows: each row is a reason for some host to need some units, counted when
/// the row comes and given back when it goes.
/// </summary>
internal sealed class SubscriptionCalculator
{
    private readonly SubscriptionReferences _references = new();
    private readonly RoutingDomains _domains;
    private readonly FilterNeeds _filters;

    public SubscriptionCalculator()
    {
        _domains = new RoutingDomains(_references);
        _filters = new FilterNeeds(_references);
    }

    public SubscriptionReferences References => _references;

    /// <summary>The new row is counted before the old one is given back, so what both stand for is not torn down in between.</summary>
    public void Apply(in RowDelta delta)
    {
        if (delta is { Before: LocalPortRow old, After: LocalPortRow next } && SameNeeds(old, next))
        {
            return;
        }

        Count(delta.After, 1);
        Count(delta.Before, -1);
    }

    private static bool SameNeeds(LocalPortRow a, LocalPortRow b) =>
        a.Host == b.Host && a.NetworkId == b.NetworkId && a.SecurityGroups == b.SecurityGroups;

    private void Count(Row? row, int by)
    {
        switch (row)
        {
            case NodeRow node:
                _references.Add(node.Host, UnitId.Directory, by);
                break;
            case LocalPortRow port:
                CountPort(port, by);
                break;
            case FilterRuleRow { RemoteGroup: { } remote } rule:
                _filters.CountRule(rule.GroupId, remote, by);
                break;
            case RouterInterfaceRow face when by > 0:
                _domains.Connect(face.Unit, UnitId.Network(face.NetworkId));
                break;
            case RouterInterfaceRow face:
                _domains.Disconnect(face.Unit, UnitId.Network(face.NetworkId));
                break;
            case RouterRow router:
                CountGatewayNodes(router, by);
                break;
            case ExternalGatewayRow gateway:
                _domains.CountExternal(gateway.Unit, UnitId.Network(gateway.NetworkId), by);
                break;
            case StaticNatRow { OwnerHost: { } owner } nat:
                _domains.CountHost(nat.Unit, owner, by);
                break;
        }
    }

    private void CountPort(LocalPortRow port, int by)
    {
        _references.Add(port.Host, port.Unit, by);
        _domains.CountHost(UnitId.Network(port.NetworkId), port.Host, by);
        foreach (Guid group in port.SecurityGroups)
        {
            _filters.CountPort(group, port.Host, by);
        }
    }

    private void CountGatewayNodes(RouterRow router, int by)
    {
        foreach (GatewayNode node in router.GatewayNodes)
        {
            _domains.CountHost(router.Unit, node.Host, by);
        }
    }
}
