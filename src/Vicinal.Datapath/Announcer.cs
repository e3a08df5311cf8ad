using System.Runtime.InteropServices;
using Vicinal.Datapath.State;

namespace Vicinal.Datapath;

/// <summary>
/// Tells provider networks where an address is now: at once when this node becomes its owner, and again with growing pauses until
/// traffic to its MAC proves that the switches have heard. A switch that missed the only announcement is an outage of hours.
/// </summary>
internal sealed class Announcer(NodeSettings settings)
{
    /// <summary>At most so many owners speak at a time, since a gateway may gain thousands at once.</summary>
    private const int AtOnce = 256;

    /// <summary>Milliseconds after the start; then again each <see cref="LastPause"/>.</summary>
    private static readonly long[] s_schedule = [0, 100, 300, 1000, 3000, 10_000];

    private readonly List<Announcement> _running = [];
    private readonly Dictionary<ProviderOwner, int> _places = [];

    /// <summary>No turn is before it.</summary>
    private long _next = long.MaxValue;

    private static long LastPause => s_schedule[^1];

    public bool IsIdle => _running.Count == 0;

    public void Start(ProviderOwner owner, long now)
    {
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, owner, out bool exists);
        if (!exists)
        {
            place = _running.Count;
            _running.Add(default);
        }

        _running[place] = new Announcement(owner, now, now, 0);
        _next = Math.Min(_next, now);
    }

    public void Stop(ProviderOwner owner)
    {
        if (_places.Remove(owner, out int place))
        {
            // The last takes its place.
            Announcement last = _running[^1];
            _running.RemoveAt(_running.Count - 1);
            if (place < _running.Count)
            {
                _running[place] = last;
                _places[last.Owner] = place;
            }
        }
    }

    /// <summary>Nothing proves yet that the switches have heard.</summary>
    public bool Announces(ProviderOwner owner) => _places.ContainsKey(owner);

    /// <summary>
    /// Adds whose turn it is. An owner whose network cannot be reached yet, or for which this node has no right to speak just now, waits for that.
    /// </summary>
    public void Due(long now, List<ProviderOwner> due)
    {
        if (now < _next)
        {
            return;
        }

        long next = long.MaxValue;
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            ref Announcement a = ref CollectionsMarshal.AsSpan(_running)[i];
            if (a.Owner.Segment.Row is { IsTunnelled: true })
            {
                // An interface there is on no wire.
                Stop(a.Owner);
                continue;
            }

            if (now >= a.Next && due.Count < AtOnce && MaySpeak(a.Owner))
            {
                due.Add(a.Owner);
                a.Advance(now);
            }

            next = Math.Min(next, Math.Max(a.Next, now));
        }

        _next = next;
    }

    private bool MaySpeak(ProviderOwner owner) =>
        owner.IsHere && owner.Segment is { IsUp: true, Physical: >= 0 } && owner.Router.IsUp && settings.Holds(owner.Lease);

    private record struct Announcement(ProviderOwner Owner, long Since, long Next, int Sent)
    {
        /// <summary>It begins anew for who had to wait.</summary>
        public void Advance(long now)
        {
            Since = Sent == 0 ? now : Since;
            Sent++;
            Next = Sent < s_schedule.Length ? Since + s_schedule[Sent] : now + LastPause;
        }
    }
}
