namespace Vicinal.Protocol.Mirror;

/// <summary>How long an agent waits between attempts, in milliseconds.</summary>
/// <param name="First">About how long after the first failure.</param>
/// <param name="Most">The wait grows to about this.</param>
public sealed record LinkBackoff(int First = 250, int Most = 15_000);

/// <summary>
/// Which server an agent turns to next, and when: in turn, with a wait that doubles with each failure. A part of each wait
/// is chance, so that a thousand agents do not meet a restarted server in the same instant. A server that served resets it.
/// </summary>
public sealed class LinkState(int servers, LinkBackoff backoff)
{
    private int _failures;

    /// <summary>The server to turn to.</summary>
    public int Server { get; private set; }

    /// <summary>The server brought this agent to a revision: it works.</summary>
    public void Served() => _failures = 0;

    /// <summary>The stream ended or never began.</summary>
    /// <param name="chance">0 up to 1.</param>
    /// <returns>Milliseconds to wait before the next attempt.</returns>
    public int Lost(double chance)
    {
        // The server that has just served is tried again first: it is most likely being restarted.
        Server = _failures == 0 ? Server : (Server + 1) % servers;
        _failures++;

        // All servers are asked once before the wait grows.
        int doublings = Math.Min((_failures - 1) / servers, 20);
        double wait = Math.Min(backoff.First * Math.Pow(2, doublings), backoff.Most);
        return (int)(wait * (0.5 + (chance / 2)));
    }
}
