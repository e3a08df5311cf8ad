using System.Collections.Concurrent;
using Vicinal.Model.Rules;

namespace Vicinal.Server.Distribution;

/// <summary>
/// When each agent was last heard, and which are there. It is kept in memory alone: a heartbeat is no reason for a durable write. After
/// a start of the server every agent counts as heard at the start, so that a restart makes none of them look dead.
/// </summary>
/// <param name="downTime">agent_down_time: an agent silent for longer is not alive.</param>
public sealed class AgentLiveness(TimeProvider time, TimeSpan downTime)
{
    /// <summary>As in Neutron.</summary>
    public static readonly TimeSpan DefaultDownTime = TimeSpan.FromSeconds(75);

    /// <summary>
    /// A living agent is back within this after its stream broke (its longest wait between attempts is 15 s). Counted from when this server
    /// saw the break, since a server that was frozen finds all its agents silent for long.
    /// </summary>
    public static readonly TimeSpan ReconnectTime = TimeSpan.FromSeconds(20);

    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _heard = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _left = new(StringComparer.Ordinal);

    // By host, the stream that showed it.
    private readonly ConcurrentDictionary<string, object> _present = new(StringComparer.Ordinal);

    public TimeSpan DownTime => downTime;

    /// <summary>A host came or went away. Called on the thread of its stream; what listens must be quick.</summary>
    internal event Action<string>? Changed;

    /// <summary>Anything that arrives from the host's agent is a sign of life.</summary>
    public void Heard(string host) => _heard[host] = time.GetUtcNow();

    public DateTimeOffset LastHeard(string host) => _heard.GetValueOrDefault(host, _start);

    public bool IsAlive(string host) => time.GetUtcNow() - LastHeard(host) <= downTime;

    public NodePresence PresenceOf(string host) =>
        _present.ContainsKey(host) ? NodePresence.Present : time.GetUtcNow() > LostAfter(host) ? NodePresence.Lost : NodePresence.Silent;

    /// <summary>When a host that is away becomes a lost one.</summary>
    internal DateTimeOffset LostAfter(string host)
    {
        DateTimeOffset silent = LastHeard(host) + downTime;
        DateTimeOffset away = _left.GetValueOrDefault(host, _start) + ReconnectTime;
        return silent > away ? silent : away;
    }

    /// <summary>The host's agent has put what it was sent into force.</summary>
    internal void Came(string host, object stream)
    {
        bool isNew = !_present.ContainsKey(host);
        _present[host] = stream;
        if (isNew)
        {
            Changed?.Invoke(host);
        }
    }

    /// <summary>The stream ended; the host is there all the same where another one has shown it since.</summary>
    internal void Went(string host, object stream)
    {
        if (_present.TryRemove(new KeyValuePair<string, object>(host, stream)))
        {
            _left[host] = time.GetUtcNow();
            Changed?.Invoke(host);
        }
    }
}
