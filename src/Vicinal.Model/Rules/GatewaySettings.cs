namespace Vicinal.Model.Rules;

/// <summary>The operator's part of the gateway policy: how soon a gateway node that fails is replaced, and how it comes back.</summary>
public sealed record GatewaySettings
{
    public static GatewaySettings Default { get; } = new();

    /// <summary>Between two packets of BFD among a router's gateway nodes, and between two renewals of a lease.</summary>
    public int IntervalMilliseconds { get; init; } = 10;

    /// <summary>So many packets may be missing before a node counts as down.</summary>
    public int Multiplier { get; init; } = 3;

    /// <summary>For how long a gateway node that has standbys serves without being confirmed.</summary>
    public int LeaseMilliseconds { get; init; } = 40;

    /// <summary>For how long a node of higher priority is well before it takes a router back.</summary>
    public int HoldSeconds { get; init; } = 10;

    /// <summary>It takes routers back at all.</summary>
    public bool Preempt { get; init; } = true;

    /// <summary>Routers whose only gateway node is dead are scheduled anew (Neutron's allow_automatic_l3agent_failover).</summary>
    public bool AutomaticFailover { get; init; }

    /// <exception cref="FormatException">A value that no node could work with; the message names the option of the server.</exception>
    public void Check()
    {
        Within("--gateway-bfd-interval", IntervalMilliseconds, 1, 10_000, "milliseconds");
        Within("--gateway-bfd-multiplier", Multiplier, 2, 50, "packets");
        Within("--gateway-lease", LeaseMilliseconds, 1, 600_000, "milliseconds");
        Within("--gateway-hold", HoldSeconds, 0, 86_400, "seconds");

        // A holder that misses as many renewals as BFD forgives must not have stopped by itself: a standby would be late, not early.
        int least = (IntervalMilliseconds * Multiplier) + IntervalMilliseconds;
        if (LeaseMilliseconds < least)
        {
            throw new FormatException(
                $"--gateway-lease {LeaseMilliseconds}: it must be at least {least} milliseconds, --gateway-bfd-interval x --gateway-bfd-multiplier and one interval more");
        }
    }

    private static void Within(string option, int value, int least, int most, string unit)
    {
        if (value < least || value > most)
        {
            throw new FormatException($"{option} {value}: it must be {least} to {most} {unit}");
        }
    }
}
