using System.Runtime.InteropServices;
using Vicinal.Forwarding;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Leases;

/// <summary>
/// A node's part as witness: what it has confirmed to whom, and what it therefore refuses to others. It remembers nothing over a restart,
/// and waits after one instead. Time is the witness' own clock; only differences count.
/// </summary>
internal sealed class Witness(ulong incarnation, LeaseRules rules, long startedAt)
{
    /// <summary>How long a successor is given before anybody may take the router.</summary>
    private const long Reservation = 100 * Nanoseconds.PerMillisecond;

    /// <summary>How long who asked first goes before others when a lease has run out: they would win a witness each, and nobody a majority.</summary>
    private const long FirstCome = 10 * Nanoseconds.PerMillisecond;

    /// <summary>A holder or router without a word for so long is forgotten.</summary>
    private const long Forgets = 600 * Nanoseconds.PerSecond;

    private readonly Dictionary<int, HolderSession> _sessions = [];
    private readonly Dictionary<Guid, WitnessGrant> _grants = [];
    private ulong _lastSession = incarnation;

    /// <summary>As the policy has them. Promises go by what each holder says that it counts on.</summary>
    public LeasePeriods Periods { get; set; }

    /// <summary>The holder's session, if the number that it names is the present one.</summary>
    public HolderSession? Find(int host, ulong number) =>
        _sessions.TryGetValue(host, out HolderSession? session) && session.Number == number ? session : null;

    /// <summary>The session of a holder that names none or an old one; a new one for a new process. Null: a late word of an earlier process.</summary>
    public HolderSession? Meet(int host, ulong holderIncarnation, long now)
    {
        if (_sessions.TryGetValue(host, out HolderSession? session))
        {
            if (session.Incarnation == holderIncarnation)
            {
                return session;
            }

            // A clock that was set back at a reboot must not lock a node out for ever.
            if (session.Incarnation > holderIncarnation && now < session.LastHeard + (2 * LeasePeriods.Long))
            {
                return null;
            }
        }

        session = new HolderSession(host, holderIncarnation, ++_lastSession) { LastHeard = now };
        _sessions[host] = session;
        return session;
    }

    /// <summary>A holder's renewal, with what it says to have carried out. False: it has revocations to carry out first.</summary>
    /// <param name="periods">Those of the holder.</param>
    public bool Renew(HolderSession session, uint heeded, LeasePeriods periods, long now)
    {
        session.LastHeard = now;
        Heed(session, heeded, now);
        if (rules.RevokesBeforeRenewing && session.Pending.Count != 0)
        {
            return false;
        }

        session.Lengthen(periods, now);
        return true;
    }

    /// <summary>Rule 1: whether the asker may serve the router under the epoch. Sets <paramref name="revoked"/> to the session that has lost it, or is to.</summary>
    public TakeVerdict Take(HolderSession asker, in TakeEntry ask, long now, out HolderSession? revoked)
    {
        revoked = null;
        asker.LastHeard = now;
        ref WitnessGrant? grant = ref CollectionsMarshal.GetValueRefOrAddDefault(_grants, ask.RouterId, out _);
        grant ??= new WitnessGrant();
        grant.LastChange = now;
        if (ask.Epoch.Schedule < grant.Schedule)
        {
            // The server has chosen anew since; a node that lags behind must not undo that.
            return Refuse(Refusal.Older, grant, 0);
        }

        grant.Schedule = ask.Epoch.Schedule;
        HolderSession? holder = grant.Holder;
        long waits = holder is null && rules.WaitsAfterStart ? startedAt + LongestOf(ask.Lease) - now : 0;
        if (waits > 0)
        {
            return Refuse(Refusal.JustStarted, grant, waits);
        }

        if (ask.Epoch < grant.Epoch || (ask.Epoch == grant.Epoch && holder != asker))
        {
            return Refuse(Refusal.Older, grant, 0);
        }

        if (holder is not null && holder.Host != asker.Host && now < EndOf(grant, holder))
        {
            return Dispute(grant, holder, asker, in ask, now, out revoked);
        }

        if (holder?.Host != asker.Host && grant.IsReservedFromOthersThan(asker.Host, now))
        {
            return Refuse(Refusal.Reserved, grant, grant.ReservedUntil - now);
        }

        return holder is null || holder.Host == asker.Host ? Grant(grant, asker, in ask, now) : TakeFrom(grant, holder, asker, in ask, now, out revoked);
    }

    /// <summary>The host serves the router no longer. Only what was its own is given up.</summary>
    public void Release(int host, in ReleaseEntry entry, int successor, long now)
    {
        ref WitnessGrant? grant = ref CollectionsMarshal.GetValueRefOrAddDefault(_grants, entry.RouterId, out _);
        grant ??= new WitnessGrant();
        grant.LastChange = now;
        grant.Successor = grant.Successor == host ? -1 : grant.Successor;
        if (grant.Holder is { } holder && (holder.Host != host || entry.Epoch < grant.Epoch))
        {
            return;
        }

        if (grant.Holder is not null || entry.Epoch > grant.Epoch)
        {
            grant.Successor = successor;
            grant.ReservedUntil = now + Reservation;
        }

        grant.Holder = null;
        grant.EndsAt = null;
        grant.Epoch = entry.Epoch > grant.Epoch ? entry.Epoch : grant.Epoch;
    }

    /// <summary>Now and then: forgets who and what has been silent for long. A holder that comes back after that finds a new session.</summary>
    public void Forget(long now)
    {
        foreach ((int host, HolderSession session) in _sessions)
        {
            if (now >= session.LastHeard + Forgets)
            {
                _sessions.Remove(host);
            }
        }

        foreach ((Guid router, WitnessGrant grant) in _grants)
        {
            bool live = grant.Holder is { } holder && _sessions.TryGetValue(holder.Host, out HolderSession? session) && session == holder;
            if (!live && now >= grant.LastChange + Forgets)
            {
                _grants.Remove(router);
            }
        }
    }

    private void Heed(HolderSession session, uint heeded, long now)
    {
        while (session.TryHeed(heeded, out RouterEpoch revoked))
        {
            // What waited for the holder to stop has waited long enough.
            if (_grants.TryGetValue(revoked.RouterId, out WitnessGrant? grant) && grant.Holder == session && grant.EndsAt is not null)
            {
                grant.Holder = null;
                grant.EndsAt = null;
                grant.LastChange = now;
            }
        }
    }

    /// <summary>What may have been promised before the start to who held a router of this kind.</summary>
    private long LongestOf(GatewayLease lease) => Periods.AtWitness(lease == GatewayLease.Long ? GatewayLease.Long : GatewayLease.Short);

    private static long EndOf(WitnessGrant grant, HolderSession holder) => grant.EndsAt ?? holder.EndOf(grant.Lease);

    /// <summary>The holder's lease has run out.</summary>
    private TakeVerdict TakeFrom(WitnessGrant grant, HolderSession holder, HolderSession asker, in TakeEntry ask, long now, out HolderSession? revoked)
    {
        // While a newer schedule waited, the holder was told already.
        revoked = grant.EndsAt is null ? holder : null;
        if (grant.EndsAt is null)
        {
            holder.Revoke(ask.RouterId, ask.Epoch);
        }

        return Grant(grant, asker, in ask, now);
    }

    /// <summary>The holder's lease runs: it stays, unless the server has chosen other gateway nodes since.</summary>
    private TakeVerdict Dispute(WitnessGrant grant, HolderSession holder, HolderSession asker, in TakeEntry ask, long now, out HolderSession? revoked)
    {
        revoked = null;
        if (ask.Epoch.Schedule > grant.Epoch.Schedule)
        {
            if (!rules.WaitsForOlderSchedule)
            {
                return TakeFrom(grant, holder, asker, in ask, now, out revoked);
            }

            if (grant.EndsAt is null)
            {
                grant.EndsAt = EndOf(grant, holder);
                grant.Successor = asker.Host;
                grant.ReservedUntil = grant.EndsAt.Value + Reservation;
                holder.Revoke(ask.RouterId, ask.Epoch);
            }

            revoked = holder;
        }
        else if (!grant.IsReservedFromOthersThan(asker.Host, now))
        {
            grant.Successor = asker.Host;
            grant.ReservedUntil = EndOf(grant, holder) + FirstCome;
        }

        return Refuse(Refusal.Held, grant, EndOf(grant, holder) - now);
    }

    private TakeVerdict Grant(WitnessGrant grant, HolderSession asker, in TakeEntry ask, long now)
    {
        grant.Epoch = ask.Epoch;
        grant.Lease = ask.Lease;
        grant.EndsAt = null;
        grant.Successor = -1;

        // Who serves for ever is not renewed, so nobody could ever be waited for.
        grant.Holder = ask.Lease == GatewayLease.None ? null : asker;
        asker.Lengthen(Periods, now);
        return TakeVerdict.Granted;
    }

    private static TakeVerdict Refuse(Refusal reason, WitnessGrant grant, long retryAfter) =>
        new(reason, grant.Newest, grant.Holder?.Host ?? -1, retryAfter);
}
