using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Changes of the cloud's one <see cref="GatewayPolicy"/>.</summary>
public static class GatewayPolicyRules
{
    /// <summary>Makes the policy what the operator says; the witnesses stay. The same settings again change nothing.</summary>
    public static GatewayPolicy Configure(TopologyEdit edit, GatewaySettings settings) =>
        edit.Put((edit.Current.GatewayPolicy ?? new GatewayPolicy { Id = Guid.Empty }) with
        {
            IntervalMilliseconds = settings.IntervalMilliseconds,
            Multiplier = settings.Multiplier,
            LeaseMilliseconds = settings.LeaseMilliseconds,
            HoldSeconds = settings.HoldSeconds,
            Preempt = settings.Preempt,
            AutomaticFailover = settings.AutomaticFailover,
        });

    /// <summary>Makes other nodes the witnesses, one of them different at most: see <see cref="WitnessSteps"/>.</summary>
    public static GatewayPolicy SetWitnesses(TopologyEdit edit, GatewayPolicy policy, ValueList<string> witnesses) => edit.Put(policy with
    {
        Witnesses = witnesses,
        FormerWitnesses = policy.Witnesses,
        Version = policy.Version + 1,
    });

    /// <summary>Notes that the last step is settled, so that a server that starts anew need not ask those who were witnesses before it.</summary>
    public static GatewayPolicy Settle(TopologyEdit edit, GatewayPolicy policy) => edit.Put(policy with { FormerWitnesses = [] });
}
