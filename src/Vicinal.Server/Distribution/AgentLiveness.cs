using System.Collections.Concurrent;

namespace Vicinal.Server.Distribution;

/// <summary>
/// When each agent was last heard. It is kept in memory alone: a heartbeat is no reason for a durable write. After a start of
/// the server every agent counts as heard at the start, so that a restart makes none of them look dead.
/// </summary>
/// <param name="downTime">agent_down_time: an agent silent for longer is not alive.</param>
public sealed class AgentLiveness(TimeProvider time, TimeSpan downTime)
{
    /// <summary>As in Neutron.</summary>
    public static readonly TimeSpan DefaultDownTime = TimeSpan.FromSeconds(75);

    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _heard = new(StringComparer.Ordinal);

    public TimeSpan DownTime => downTime;

    /// <summary>Anything that arrives from the host's agent is a sign of life.</summary>
    public void Heard(string host) => _heard[host] = time.GetUtcNow();

    public DateTimeOffset LastHeard(string host) => _heard.GetValueOrDefault(host, _start);

    public bool IsAlive(string host) => time.GetUtcNow() - LastHeard(host) <= downTime;
}
