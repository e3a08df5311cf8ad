using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.State;

/// <summary>
/// The forwarding rows of a node, indexed the way the pipeline asks. A row costs what it changes. Objects that rows refer to are made on
/// first mention and filled when their own row comes, so the order of rows does not matter.
/// </summary>
internal sealed class NodeState
{
    public NodeState(NodeSettings settings, Generations generations)
    {
        Nodes = new NodeDirectory(settings.Host, generations);
        Segments = new SegmentTable(settings.PhysicalNetworks, generations, Changes);
        Endpoints = new EndpointTable(Segments, Nodes, generations);
        Filters = new FilterTable(generations);
        Ports = new LocalPortTable(settings.Host, Segments, Filters, generations, Changes);
        Routers = new RouterTable(settings, Segments, Nodes, generations, Changes);
    }

    public NodeDirectory Nodes { get; }

    public SegmentTable Segments { get; }

    public EndpointTable Endpoints { get; }

    public FilterTable Filters { get; }

    public LocalPortTable Ports { get; }

    public RouterTable Routers { get; }

    public StateChanges Changes { get; } = new();

    public void Apply(ReadOnlySpan<RowChange> changes, long now)
    {
        Routers.Now = now;
        foreach (ref readonly RowChange change in changes)
        {
            if (change.Row is null)
            {
                Remove(change.Unit, change.Key);
            }
            else
            {
                Put(change.Row);
            }
        }

        Filters.Settle();
    }

    private void Put(Row row)
    {
        switch (row)
        {
            case NodeRow node:
                Nodes.Put(node);
                Changes.Peers = true;
                break;
            case SegmentRow segment:
                Segments.Put(segment);
                Changes.Owned |= !segment.IsTunnelled;
                break;
            case EndpointRow endpoint:
                Endpoints.Put(endpoint);
                break;
            case LocalPortRow port:
                Ports.Put(port);
                break;
            case InstanceRow instance:
                Ports.Put(instance);
                break;
            case SubnetRow subnet:
                Segments.Put(subnet);
                break;
            case NameRow name:
                Segments.Put(name);
                break;
            case GatewayPolicyRow:
                Routers.SetPolicy(true);
                break;
            case RouterRow router:
                Routers.Put(router);
                break;
            case RouterInterfaceRow routerInterface:
                Routers.Put(routerInterface);
                break;
            case RouteRow route:
                Routers.Put(route);
                break;
            case ExternalGatewayRow gateway:
                Routers.Put(gateway);
                break;
            case StaticNatRow nat:
                Routers.Put(nat);
                break;
            case FilterGroupRow group:
                Filters.Put(group);
                break;
            case FilterRuleRow rule:
                Filters.Put(rule);
                break;
            case AddressSetMemberRow member:
                Filters.Put(member);
                break;
        }
    }

    private void Remove(UnitId unit, RowKey key)
    {
        switch (key.Kind)
        {
            case RowKind.Node:
                Nodes.Remove(key.Id);
                Changes.Peers = true;
                break;
            case RowKind.Segment:
                Segments.Remove(key.Id);
                Changes.Owned = true;
                break;
            case RowKind.Endpoint:
                Endpoints.Remove(unit.Id, key.Id);
                break;
            case RowKind.GatewayPolicy:
                Routers.SetPolicy(false);
                break;
            case RowKind.LocalPort:
                Ports.Remove(key.Id);
                break;
            case RowKind.Instance:
                Ports.RemoveInstance(key.Id);
                break;
            case RowKind.Subnet:
                Segments.RemoveSubnet(unit.Id, key.Id);
                break;
            case RowKind.Name:
                Segments.RemoveName(unit.Id, key.Id);
                break;
            case RowKind.FilterGroup:
                Filters.RemoveGroup(key.Id);
                break;
            case RowKind.FilterRule:
                Filters.RemoveRule(unit.Id, key.Id);
                break;
            case RowKind.AddressSetMember:
                Filters.RemoveMember(unit.Id, key.Id);
                break;
            default:
                Routers.Remove(unit.Id, key);
                break;
        }
    }
}
