using Vicinal.Forwarding;
using Vicinal.Gateways.Elections;
using Vicinal.Protocol.Gateways;
using GatewayRole = Vicinal.Protocol.Gateways.GatewayRole;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// What this node is for each router's gateway, as the server is told: active as the election says, standby as the rows list it. Says
/// each change once. Owned by the gateway thread.
/// </summary>
internal sealed class GatewayRoles(string host, Action<GatewayRoleReport> report)
{
    private readonly Dictionary<Guid, State> _routers = [];

    public void Apply(ReadOnlySpan<RowChange> changes)
    {
        foreach (RowChange change in changes)
        {
            if (change.Key.Kind == RowKind.Router)
            {
                bool listed = change.Row is RouterRow router && router.GatewayNodes.Any(node => node.Host == host);
                Update(change.Key.Id, StateOf(change.Key.Id) with { Listed = listed });
            }
        }
    }

    public void Apply(in ActiveChange change) =>
        Update(change.RouterId, StateOf(change.RouterId) with { Here = change.Here, Epoch = change.Epoch.Value });

    private State StateOf(Guid router) => _routers.GetValueOrDefault(router);

    private void Update(Guid router, State state)
    {
        GatewayRole role = state.Here ? GatewayRole.Active : state.Listed ? GatewayRole.Standby : GatewayRole.None;
        GatewayRoleReport said = state.Said;
        GatewayRoleReport now = new(router, role, state.Epoch);
        if (role == GatewayRole.None)
        {
            _routers.Remove(router);
        }
        else
        {
            _routers[router] = state with { Said = now };
        }

        // Other nodes follow who serves without a role of their own.
        if (said.Role != role || (role != GatewayRole.None && said.Epoch != state.Epoch))
        {
            report(now);
        }
    }

    private readonly record struct State(bool Listed, bool Here, ulong Epoch, GatewayRoleReport Said);
}
