using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

/// <summary>Agents with their presence, and a policy whose witnesses the rules choose.</summary>
internal sealed class WitnessCloud
{
    private readonly Dictionary<string, NodePresence> _presence = new(StringComparer.Ordinal);
    private readonly HashSet<(string Host, uint Version)> _inForce = [];

    public WitnessCloud() => Cloud.Put(new GatewayPolicy { Id = Guid.Empty });

    public CloudBuilder Cloud { get; } = new();

    public Topology Topology => Cloud.Topology;

    public GatewayPolicy Policy => Topology.GatewayPolicy!;

    public ValueList<string> Witnesses => Policy.Witnesses;

    public IEnumerable<string> Hosts => _presence.Keys;

    public WitnessCloud Add(string host, string zone = "nova")
    {
        Resources.Agent agent = Cloud.AddAgent(host, host[0] == 'g' ? AgentModes.DvrSnat : AgentModes.Dvr);
        Cloud.Put(agent with { AvailabilityZone = zone });
        return Is(host, NodePresence.Present);
    }

    public WitnessCloud Is(string host, NodePresence presence)
    {
        _presence[host] = presence;
        return this;
    }

    public NodePresence PresenceOf(string host) => _presence[host];

    /// <summary>The node has the present witnesses in force.</summary>
    public void Apply(string host) => _inForce.Add((host, Policy.Version));

    public bool HasInForce(string host) => _inForce.Contains((host, Policy.Version));

    public bool HadInForce(string host, uint version) => _inForce.Contains((host, version));

    public TimeSpan Pause() => WitnessSteps.Pause(Topology, Policy, HasInForce);

    /// <summary>Makes the next step, if there is one to make and the last one is settled.</summary>
    public bool Step()
    {
        if (!WitnessSteps.IsSettled(Topology, Policy, HasInForce) || WitnessSteps.Next(Topology, Policy, PresenceOf) is not { } next)
        {
            return false;
        }

        Cloud.Put(Policy with { Witnesses = next, FormerWitnesses = Policy.Witnesses, Version = Policy.Version + 1 });
        return true;
    }

    /// <summary>Steps until there is nothing more to do, each in force at once on all nodes that are there.</summary>
    public WitnessCloud Settle()
    {
        for (int step = 0; step < 50; step++)
        {
            foreach (string host in _presence.Where(pair => pair.Value == NodePresence.Present).Select(pair => pair.Key))
            {
                Apply(host);
            }

            if (!Step())
            {
                return this;
            }
        }

        throw new InvalidOperationException($"the witnesses go on changing: {Witnesses}");
    }
}
