using Vicinal.Model.Rules;
using Vicinal.Protocol.Gateways;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Api;

/// <summary>What the resources of the API work with.</summary>
/// <param name="HeartbeatOf">When the agent of a host was last heard; null when it was never heard by this server.</param>
public sealed record ApiServices(
    TopologyWriter Writer, CloudSettings Settings, TimeProvider Time, Func<string, DateTimeOffset?> HeartbeatOf)
{
    /// <summary>A node silent for longer than this is not alive (Neutron's agent_down_time).</summary>
    public TimeSpan AgentDownTime { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>What a host's agent says to be for a router's gateway; null while it has said nothing.</summary>
    public Func<Guid, string, GatewayRole?> GatewayRoleOf { get; init; } = static (_, _) => null;

    public bool IsAlive(string host) => HeartbeatOf(host) is { } heard && Time.GetUtcNow() - heard <= AgentDownTime;
}
