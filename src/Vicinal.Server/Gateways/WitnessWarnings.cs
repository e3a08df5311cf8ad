using Microsoft.Extensions.Logging;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Distribution;

namespace Vicinal.Server.Gateways;

/// <summary>Says what the witnesses cannot do for the cloud, once each time that it begins. The keeper's loop alone uses it.</summary>
internal sealed class WitnessWarnings(AgentLiveness liveness, TimeProvider time, ILogger log)
{
    /// <summary>A cloud that starts is small for a moment, which is not worth a word.</summary>
    private static readonly TimeSpan s_smallFor = TimeSpan.FromSeconds(10);

    private DateTimeOffset? _smallSince;
    private bool _saidSmall;
    private bool _saidSilent;

    /// <returns>When there will be something to say, if nothing changes.</returns>
    public DateTimeOffset? Say(Topology topology, GatewayPolicy policy)
    {
        SayWhenSilent(topology, policy);
        return SayWhenSmall(topology, policy);
    }

    /// <summary>Without a majority of the witnesses no gateway with standbys is confirmed, and no step is safe: a person has to decide.</summary>
    private void SayWhenSilent(Topology topology, GatewayPolicy policy)
    {
        bool silent = !WitnessSteps.HasMajority(topology, policy.Witnesses, host => liveness.PresenceOf(host) != NodePresence.Lost);
        if (silent && !_saidSilent)
        {
            log.LogError(
                "Most of the witnesses {Witnesses} are silent, so that no gateway with standbys is confirmed. "
                + "Delete the agents of those that will not return (openstack network agent delete)",
                policy.Witnesses);
        }

        _saidSilent = silent;
    }

    private DateTimeOffset? SayWhenSmall(Topology topology, GatewayPolicy policy)
    {
        bool small = policy.Witnesses.Count == 1 && topology.Routers.Values.Any(static router => router.GatewayBindings.Count > 1);
        if (!small || _saidSmall)
        {
            _smallSince = null;
            return null;
        }

        DateTimeOffset due = (_smallSince ??= time.GetUtcNow()) + s_smallFor;
        if (time.GetUtcNow() < due)
        {
            return due;
        }

        _saidSmall = true;
        log.LogWarning(
            "{Witness} alone witnesses who serves a gateway, so that standbys take over only while it lives: with fewer than three nodes nothing tells a crash from a split",
            policy.Witnesses[0]);
        return null;
    }
}
