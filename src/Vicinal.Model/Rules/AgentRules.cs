using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What an agent says of its node when it connects and whenever that changes.</summary>
public sealed record AgentReport
{
    public required string Host { get; init; }

    public IpAddress TunnelAddress { get; init; }

    /// <summary>One of <see cref="AgentModes"/>.</summary>
    public string Mode { get; init; } = AgentModes.Dvr;

    public ValueList<BridgeMapping> BridgeMappings { get; init; }

    /// <summary>The encapsulations that the node has an end of, as provider:network_type.</summary>
    public ValueList<string> TunnelTypes { get; init; } = [NetworkTypes.Geneve, NetworkTypes.Vxlan, NetworkTypes.Gre];

    public string AvailabilityZone { get; init; } = "nova";

    public DateTimeOffset StartedAt { get; init; }
}

/// <summary>Agents come into being by their own reports, never by the API.</summary>
public static class AgentRules
{
    public static Agent Get(Topology topology, Guid id) => topology.Agents.GetValueOrDefault(id)
        ?? throw NotFound(id.ToString());

    public static NeutronFault NotFound(string id) => new(404, "AgentNotFound", $"Agent {id} could not be found.");

    /// <summary>
    /// Records what an agent reports. A report that says nothing new changes nothing. Otherwise gateways are scheduled anew
    /// where this node matters, and ports that waited for it are bound.
    /// </summary>
    public static Agent Report(TopologyEdit edit, AgentReport report, CloudSettings settings)
    {
        if (!AgentModes.IsKnown(report.Mode))
        {
            throw NeutronFault.InvalidInput($"agent mode '{report.Mode}' of host '{report.Host}' is unknown.");
        }

        RefuseOtherOverlay(report, settings.OverlayIpVersion);
        Agent? before = edit.Current.AgentOn(report.Host);
        Agent agent = edit.Put((before ?? new Agent { Id = edit.NewId(), Host = report.Host }) with
        {
            TunnelAddress = report.TunnelAddress,
            Mode = report.Mode,
            BridgeMappings = report.BridgeMappings,
            TunnelTypes = report.TunnelTypes,
            AvailabilityZone = report.AvailabilityZone,
            StartedAt = report.StartedAt,
            Unreachable = false,
        });
        if (before is null || AbilitiesDiffer(before, agent))
        {
            GatewayScheduling.AgentChanged(edit, agent, settings);
            BindWaitingPorts(edit, agent);
        }

        return agent;
    }

    /// <summary>admin_state_up false takes the node out of scheduling; its gateways go to others.</summary>
    public static Agent Update(TopologyEdit edit, Guid id, bool? adminStateUp, string? description, CloudSettings settings)
    {
        Agent before = Get(edit.Current, id);
        Agent agent = edit.Put(before with
        {
            AdminStateUp = adminStateUp ?? before.AdminStateUp,
            Description = description ?? before.Description,
        });
        if (agent.AdminStateUp != before.AdminStateUp)
        {
            GatewayScheduling.AgentChanged(edit, agent, settings);
        }

        return agent;
    }

    /// <summary>
    /// Notes that an agent has not been heard for so long that nothing new is to be put on it. It keeps what it serves: its
    /// node may go on without it.
    /// </summary>
    public static Agent GiveUp(TopologyEdit edit, Guid id) => edit.Put(Get(edit.Current, id) with { Unreachable = true });

    /// <summary>Forgets a node. One that is alive is back, under a new id, with its next report.</summary>
    public static void Delete(TopologyEdit edit, Guid id, CloudSettings settings)
    {
        Agent agent = Get(edit.Current, id);
        edit.Remove(agent);
        GatewayScheduling.AgentChanged(edit, agent, settings);
    }

    /// <summary>Tunnels between addresses of different IP versions do not exist, and networks' MTUs are computed for one of them.</summary>
    private static void RefuseOtherOverlay(AgentReport report, int ipVersion)
    {
        int version = report.TunnelAddress.IsIpv4 ? 4 : 6;
        if (!report.TunnelAddress.IsUnspecified && version != ipVersion)
        {
            throw NeutronFault.InvalidInput(
                $"Tunnel IP version does not match overlay_ip_version, overlay: {ipVersion}, tunnel IP of host '{report.Host}': {report.TunnelAddress}.");
        }
    }

    private static bool AbilitiesDiffer(Agent before, Agent after) =>
        before.Mode != after.Mode
        || before.Unreachable != after.Unreachable
        || before.BridgeMappings != after.BridgeMappings
        || before.TunnelTypes != after.TunnelTypes
        || before.AvailabilityZone != after.AvailabilityZone
        || before.TunnelAddress.IsUnspecified != after.TunnelAddress.IsUnspecified;

    /// <summary>A port may name its host before that host has an agent that can carry its network.</summary>
    private static void BindWaitingPorts(TopologyEdit edit, Agent agent)
    {
        Topology start = edit.Current;
        foreach (Guid id in start.PortsByHost[agent.Host].Order())
        {
            Port port = start.Ports[id];
            if (port.BindingVifType == PortBinding.Failed)
            {
                string vifType = PortBinding.VifTypeOf(
                    start, start.Networks[port.NetworkId], agent.Host, port.BindingVnicType, port.DeviceOwner);
                _ = edit.Put(port with { BindingVifType = vifType });
            }
        }
    }
}
