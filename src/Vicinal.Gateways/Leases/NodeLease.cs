using System.Numerics;
using Vicinal.Forwarding;

namespace Vicinal.Gateways.Leases;

/// <summary>
/// The holder's part: until when this node may serve what it was granted. A witness counts while it confirms renewals and has granted every router that is
/// served here; the lease runs from when the renewal was sent that a majority of witnesses confirmed. Routers keep which
/// witnesses granted them as a mask of seats.
/// </summary>
internal sealed class NodeLease(LeaseRules rules)
{
    public const long Never = long.MinValue / 2;
    public const int MaxSeats = 8;

    /// <summary>Answers to older renewals are not worth waiting for.</summary>
    private const int Rounds = 64;

    private readonly WitnessSeat?[] _seats = new WitnessSeat?[MaxSeats];
    private readonly long[] _sent = new long[Rounds];
    private ulong _round;
    private byte _members;
    private LeasePeriods _periods;

    /// <summary>A longer period counts only for renewals that are sent from now on: witnesses go by what they were told with the earlier ones.</summary>
    public LeasePeriods Periods
    {
        get => _periods;
        set
        {
            long longer = value.Short - _periods.Short;
            _periods = value;
            if (longer > 0)
            {
                Age(longer);
            }
        }
    }

    /// <summary>The seats of the present witnesses.</summary>
    public byte Members => _members;

    public int Majority => rules.MajorityOf(BitOperations.PopCount(_members));

    public ulong Round => _round;

    public WitnessSeat? Seat(int seat) => _seats[seat];

    public int SeatOf(int host)
    {
        for (int seat = 0; seat < MaxSeats; seat++)
        {
            if ((_members & (1 << seat)) != 0 && _seats[seat]!.Host == host)
            {
                return seat;
            }
        }

        return -1;
    }

    /// <summary>
    /// Takes the witnesses of a new policy; who stays keeps its seat. Returns the seats that are free or another's now: the caller clears them in its masks, and
    /// says again by <see cref="Recount"/> what is served.
    /// </summary>
    public byte SetWitnesses(ReadOnlySpan<int> hosts)
    {
        byte gone = 0;
        for (int seat = 0; seat < MaxSeats; seat++)
        {
            if (_seats[seat] is { } taken && !hosts.Contains(taken.Host))
            {
                _seats[seat] = null;
                _members &= (byte)~(1 << seat);
                gone |= (byte)(1 << seat);
            }
        }

        foreach (int host in hosts)
        {
            int free = Array.IndexOf(_seats, null);
            if (SeatOf(host) < 0 && free >= 0)
            {
                _seats[free] = new WitnessSeat(host);
                _members |= (byte)(1 << free);
            }
        }

        foreach (WitnessSeat? seat in _seats)
        {
            seat?.Missing.AsSpan().Clear();
        }

        return gone;
    }

    /// <summary>Numbers the renewals that are sent now.</summary>
    public ulong BeginRound(long now)
    {
        _sent[++_round % Rounds] = now;
        return _round;
    }

    /// <summary>A witness confirmed a round. An answer to a round that is long over, or was never sent, says nothing.</summary>
    public void Confirm(WitnessSeat seat, ulong round, long now)
    {
        if (round != 0 && round <= _round && _round - round < Rounds)
        {
            seat.Confirmed = Math.Max(seat.Confirmed, rules.CountsFromSending ? _sent[round % Rounds] : now);
        }
    }

    /// <summary>The witness begins a new session: what it granted is gone, what it confirmed holds until its time is over. The caller clears the seat in its masks.</summary>
    public void Introduce(WitnessSeat seat, ulong session)
    {
        for (int kind = 0; kind < 2; kind++)
        {
            seat.Past[kind] = Math.Max(seat.Past[kind], seat.Missing[kind] == 0 ? seat.Confirmed : Never);
        }

        seat.Session = session;
        seat.Carried = 0;
        seat.Heeded = 0;
        seat.Confirmed = Never;
    }

    /// <summary>Until when what is served here under such leases may be served.</summary>
    public long Until(GatewayLease lease) => MajorityTime(IndexOf(lease), _members, past: true) + Periods.Of(lease);

    /// <summary>
    /// Whether a router with these grants may be served beside those that are: the witnesses that have granted all of them are a majority, and
    /// their confirmations are fresh.
    /// </summary>
    public bool Supports(GatewayLease lease, byte granted, long now) =>
        MajorityTime(IndexOf(lease), granted, past: false) + Periods.Of(lease) > now;

    /// <summary>Whether enough witnesses answer, whatever they granted.</summary>
    public bool IsHeard(GatewayLease lease, long now)
    {
        int fresh = 0;
        for (int seat = 0; seat < MaxSeats; seat++)
        {
            fresh += _seats[seat] is { } taken && taken.Confirmed + Periods.Of(lease) > now ? 1 : 0;
        }

        return fresh >= Majority;
    }

    /// <summary>A router begins to be served. No promise of a session that is over covers it.</summary>
    public void Add(GatewayLease lease, byte granted)
    {
        for (int seat = 0; seat < MaxSeats; seat++)
        {
            _seats[seat]?.Past[IndexOf(lease)] = Never;
        }

        Count(lease, granted, 1);
    }

    public void Remove(GatewayLease lease, byte granted) => Count(lease, granted, -1);

    /// <summary>A router is served as before, by witnesses that changed.</summary>
    public void Recount(GatewayLease lease, byte granted) => Count(lease, granted, 1);

    /// <summary>A router that is served won or lost the grant of some witnesses.</summary>
    public void Change(GatewayLease lease, byte before, byte after)
    {
        Count(lease, before, -1);
        Count(lease, after, 1);
    }

    /// <summary>Takes all renewals so far to have been sent earlier.</summary>
    private void Age(long by)
    {
        for (int i = 0; i < Rounds; i++)
        {
            _sent[i] -= by;
        }

        foreach (WitnessSeat? seat in _seats)
        {
            if (seat is not null)
            {
                seat.Confirmed -= seat.Confirmed == Never ? 0 : by;
                seat.Past[0] -= seat.Past[0] == Never ? 0 : by;
            }
        }
    }

    private void Count(GatewayLease lease, byte granted, int by)
    {
        for (int seat = 0; seat < MaxSeats; seat++)
        {
            if ((granted & (1 << seat)) == 0)
            {
                _seats[seat]?.Missing[IndexOf(lease)] += by;
            }
        }
    }

    /// <summary>The newest time at which a majority of all witnesses, out of those given, had confirmed.</summary>
    private long MajorityTime(int kind, byte among, bool past)
    {
        Span<long> times = stackalloc long[MaxSeats];
        times.Fill(Never);
        for (int seat = 0; seat < MaxSeats; seat++)
        {
            if ((among & _members & (1 << seat)) != 0)
            {
                WitnessSeat taken = _seats[seat]!;
                bool complete = taken.Missing[kind] == 0 || !rules.CountsOnlyWhoGranted;
                times[seat] = Math.Max(complete ? taken.Confirmed : Never, past ? taken.Past[kind] : Never);
            }
        }

        times.Sort();
        int majority = Majority;
        return _members == 0 || majority > MaxSeats ? Never : times[MaxSeats - Math.Max(1, majority)];
    }

    private static int IndexOf(GatewayLease lease) => lease == GatewayLease.Long ? 1 : 0;
}
