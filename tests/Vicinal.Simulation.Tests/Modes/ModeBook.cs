using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Simulation.Tests.Modes;

/// <summary>Which nodes a flow is to touch, from the topology alone: what the operators' documents say of each mode, and no rows.</summary>
internal sealed class ModeBook(ModeTopology cloud)
{
    private Topology Topology => cloud.Builder.Topology;

    /// <summary>Null where the two cannot talk.</summary>
    public SortedSet<string>? Between(Port from, Port to)
    {
        if (from.NetworkId == to.NetworkId)
        {
            return Set(from.BindingHostId, to.BindingHostId);
        }

        if (RouterOf(from) is not { } router || RouterOf(to)?.Id != router.Id)
        {
            return null;
        }

        return router.Distributed ? Set(from.BindingHostId, to.BindingHostId) : Set(from.BindingHostId, Active(router), to.BindingHostId);
    }

    /// <summary>From an instance to the outside, or from the outside to its floating IP, and back; null without a gateway.</summary>
    public SortedSet<string>? Outside(Port port, bool ipv4) => RouterOf(port) is { Gateway: not null } router
        ? ipv4 && HasFloatingIp(port) && router.Distributed && ReachesOutside(port) ? Set(port.BindingHostId) : Set(port.BindingHostId, Active(router))
        : null;

    public SortedSet<string>? ToOwnRouter(Port port) => RouterOf(port) is { } router
        ? router.Distributed ? Set(port.BindingHostId) : Set(port.BindingHostId, Active(router))
        : null;

    /// <summary>The node that answers on the wire for a floating IP.</summary>
    public string OwnerOf(FloatingIp floatingIp)
    {
        Port port = Topology.Ports[floatingIp.PortId!.Value];
        Router router = cloud.Router(floatingIp.RouterId!.Value);
        return router.Distributed && ReachesOutside(port) ? port.BindingHostId : Active(router);
    }

    public string Active(Router router) => cloud.Active(router.Id);

    public Router? RouterOf(Port port) => cloud.RouterOf.TryGetValue(port.NetworkId, out Guid id) ? cloud.Router(id) : null;

    public bool HasFloatingIp(Port port) => cloud.FloatingIps.Exists(floatingIp => floatingIp.PortId == port.Id);

    private bool ReachesOutside(Port port) => Topology.AgentOn(port.BindingHostId)!.Mode != "dvr_no_external";

    private static SortedSet<string> Set(params string[] hosts) => new(hosts, StringComparer.Ordinal);
}
