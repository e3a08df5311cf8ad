using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>
/// Which routers need gateway nodes, how many, and which nodes can be one: seen for one router in one topology, so that what is
/// asked of every node is found out once.
/// </summary>
internal sealed class GatewayNeeds
{
    private readonly Router _router;
    private readonly Network? _external;
    private readonly Network[] _inside;

    public GatewayNeeds(Topology topology, Router router)
    {
        _router = router;
        _external = router.Gateway is { } gateway ? topology.Networks[gateway.NetworkId] : null;
        _inside = [.. RouterPorts.Interfaces(topology, router.Id).Select(port => port.NetworkId).Distinct().Select(id => topology.Networks[id])];
    }

    /// <summary>What the router is and, while it migrates, what it becomes.</summary>
    public IReadOnlyList<RouterKind> Kinds => _router.Migration is { } migration ? [migration.From, migration.To] : [_router.Kind];

    /// <summary>
    /// How many nodes: none until something of the router is in one place. That is its gateway, all of a centralized router, and of a
    /// distributed one the interfaces that a wire sees, where one node answers.
    /// </summary>
    public int Count(RouterKind kind, CloudSettings settings)
    {
        bool needed = _external is not null || _inside.Any(network => !kind.Distributed || network.PhysicalNetwork is not null);
        return _router.GatewayCount ?? (needed ? (kind.Ha ? HaCount(settings) : 1) : 0);
    }

    /// <summary>Whether a node that has the router may keep it.</summary>
    public bool MayKeep(Agent agent, RouterKind kind) =>
        agent.AdminStateUp && AgentModes.Serves(agent.Mode, kind) && (_external is null || AgentModes.CanCarry(agent, _external));

    /// <summary>Whether the scheduler may give it to a node. Zones bind the scheduler, and not what the operator does by hand.</summary>
    public bool MayTake(Agent agent, RouterKind kind) =>
        MayKeep(agent, kind) && !agent.Unreachable
        && (_router.AvailabilityZoneHints.IsEmpty || _router.GatewayCount is not null || _router.AvailabilityZoneHints.Contains(agent.AvailabilityZone));

    /// <summary>Whether it reaches every network of the router; one that does not is a makeshift.</summary>
    public bool CarriesAll(Agent agent) => Array.TrueForAll(_inside, network => AgentModes.CanCarry(agent, network));

    private static int HaCount(CloudSettings settings) =>
        settings.MaxL3AgentsPerRouter is > 0 and < GatewayScheduling.MaxBindings and int most ? most : GatewayScheduling.MaxBindings;
}
