using Vicinal.Datapath.State;

namespace Vicinal.Datapath;

/// <summary>
/// Tells provider networks where an address is now: at once when this node becomes its owner, and again with growing pauses until
/// traffic to its MAC proves that the switches have heard. A switch that missed the only announcement is an outage of hours.
/// </summary>
internal sealed class Announcer
{
    /// <summary>Milliseconds after the start.</summary>
    private static readonly long[] s_schedule = [0, 100, 300, 1000, 3000, 10_000];

    private readonly List<Announcement> _running = [];

    public bool IsIdle => _running.Count == 0;

    public void Start(ProviderOwner owner, long now)
    {
        Stop(owner);
        _running.Add(new Announcement(owner, now, 0));
    }

    public void Stop(ProviderOwner owner) => _running.RemoveAll(a => a.Owner == owner);

    /// <summary>Nothing proves yet that the switches have heard.</summary>
    public bool Announces(ProviderOwner owner)
    {
        for (int i = 0; i < _running.Count; i++)
        {
            if (_running[i].Owner == owner)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds whose turn it is. An owner whose segment cannot be reached yet waits for that.</summary>
    public void Due(long now, List<ProviderOwner> due)
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            Announcement a = _running[i];
            if (now < a.Since + s_schedule[a.Sent])
            {
                continue;
            }

            if (a.Owner.Segment.Row is { IsTunnelled: true })
            {
                // An interface on a tunnelled network is on no wire.
                _running.RemoveAt(i);
                continue;
            }

            if (a.Owner.Segment is not { IsUp: true, Physical: >= 0 } || !a.Owner.Router.IsUp)
            {
                _running[i] = a with { Since = now - s_schedule[a.Sent] };
                continue;
            }

            due.Add(a.Owner);
            if (a.Sent + 1 == s_schedule.Length)
            {
                _running.RemoveAt(i);
            }
            else
            {
                _running[i] = a with { Sent = a.Sent + 1 };
            }
        }
    }

    private readonly record struct Announcement(ProviderOwner Owner, long Since, int Sent);
}
