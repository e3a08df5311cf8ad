using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Clouds;

/// <content>Agents.</content>
public sealed partial class RandomEdits
{
    private void AddAgent()
    {
        if (Pick(Hosts.Where(h => Topology.AgentOn(h) is null)) is { } host)
        {
            Cloud.AddAgent(host, Pick(Modes)!, [.. new[] { "physnet1", "physnet2" }.Where(_ => Chance(70))]);
        }
    }

    private void ChangeAgent()
    {
        if (Pick(Topology.Agents.Values) is { } agent)
        {
            Cloud.Put(_random.Next(4) switch
            {
                0 => agent with { Mode = Pick(Modes)! },
                1 => agent with { TunnelAddress = IpAddress.FromIpv4(0xC0A9_0000 | (uint)_random.Next(256)) },
                2 => agent with { BridgeMappings = Chance(50) ? [new BridgeMapping("physnet1", "eth1")] : default },
                _ => agent with { StartedAt = agent.StartedAt.AddSeconds(1) },
            });
        }
    }

    /// <summary>By the rules, so that the routers of the agent move with it.</summary>
    private void DrainAgent()
    {
        if (Pick(Topology.Agents.Values) is { } agent)
        {
            Cloud.Ask(_random.Next(3) switch
            {
                0 => edit => AgentRules.GiveUp(edit, agent.Id),
                1 => edit => GatewayScheduling.LeaveUnreachable(edit, CloudSettings.Default),
                _ => edit => AgentRules.Update(edit, agent.Id, !agent.AdminStateUp, description: null, CloudSettings.Default),
            });
        }
    }

    private void ChangePolicy()
    {
        GatewayPolicy policy = Topology.GatewayPolicy ?? new GatewayPolicy { Id = Guid.Empty };
        Cloud.Put(_random.Next(3) switch
        {
            0 => policy with { AutomaticFailover = Chance(50) },
            1 => policy with { LeaseMilliseconds = _random.Next(40, 100) },
            _ => policy with { Witnesses = [.. Hosts.Where(_ => Chance(40))], Version = policy.Version + 1 },
        });
    }

    private void RemoveAgent()
    {
        if (Pick(Topology.Agents.Values) is { } agent)
        {
            Cloud.Remove(agent);
        }
    }
}
