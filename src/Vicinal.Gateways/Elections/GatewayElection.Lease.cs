using Vicinal.Forwarding;
using Vicinal.Gateways.Leases;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>This node as a holder: renewing its lease, hearing what was taken from it, and giving back.</summary>
public sealed partial class GatewayElection
{
    /// <summary>A data path that does not stop what it was told to is left to its deadlines: the lease is not renewed.</summary>
    private const long ApplyPatience = 100 * Nanoseconds.PerMillisecond;

    private static readonly long[] s_releasePauses = [5, 5, 10, 20, 50, 100, 200];

    private long _renewalsDue = ElectedRouter.Idle;

    private void TickRenewals(long now)
    {
        if (now < _renewalsDue)
        {
            return;
        }

        long interval = RenewalInterval();
        _renewalsDue = interval == ElectedRouter.Idle ? ElectedRouter.Idle : now + interval;
        if (_policy is null || interval == ElectedRouter.Idle)
        {
            return;
        }

        if (_applied < _lastChange && now >= _unappliedSince + ApplyPatience)
        {
            return;
        }

        Span<byte> head = stackalloc byte[RenewMessage.Size];
        ulong round = _lease.BeginRound(now);
        for (int seat = 0; seat < NodeLease.MaxSeats; seat++)
        {
            if (_lease.Seat(seat) is { } witness)
            {
                witness.Heeded = _applied >= witness.CarriedBy ? witness.Carried : witness.Heeded;
                new RenewMessage(round, witness.Session, witness.Heeded, (uint)(_times.Periods.Short / Nanoseconds.PerMicrosecond)).Write(head);
                _outbox.Whole(witness.Host, MessageKind.Renew, head);
            }
        }
    }

    /// <summary>As fast as the most demanding lease that is held or asked for; slowly while only something might be asked for.</summary>
    private long RenewalInterval()
    {
        long interval = _held[1] > 0 ? _times.RenewalFor(GatewayLease.Long) : ElectedRouter.Idle;
        if (_held[0] > 0)
        {
            return _times.RenewalFor(GatewayLease.Short);
        }

        foreach (ElectedRouter router in _routers)
        {
            if (router.Role == GatewayRole.Taking || router.Lease != router.Held && router.IsServed)
            {
                return _times.RenewalFor(GatewayLease.Short);
            }

            interval = router.IsListed && router.Lease != GatewayLease.None ? Math.Min(interval, ElectionTimes.IdleRenewal) : interval;
        }

        return interval;
    }

    private bool HasUntoldSeat()
    {
        for (int seat = 0; seat < NodeLease.MaxSeats; seat++)
        {
            if (_lease.Seat(seat) is { } witness && witness.Heeded != witness.Carried)
            {
                return true;
            }
        }

        return false;
    }

    private void HandleRenewed(int host, in MessageReader message, long now)
    {
        RenewedMessage renewed = RenewedMessage.Read(message.Fixed);
        int seat = _lease.SeatOf(host);
        if (seat < 0 || _lease.Seat(seat) is not { } witness)
        {
            return;
        }

        if ((message.Header.Flags & MessageFlags.Introduces) != 0)
        {
            if (renewed.Session > witness.Session)
            {
                MeetWitness(seat, renewed.Session, now);
                _renewalsDue = now;
            }
        }
        else if (renewed.Session == witness.Session)
        {
            _lease.Confirm(witness, renewed.Round, now);
            MarkTaking();
        }
    }

    /// <summary>Whatever the witness granted in earlier sessions is gone.</summary>
    private void MeetWitness(int seat, ulong session, long now)
    {
        WitnessSeat witness = _lease.Seat(seat)!;
        _lease.Introduce(witness, session);
        _releases.Forget(witness.Host);
        _draining.LoseAll(seat);
        byte others = (byte)~(1 << seat);
        foreach (ElectedRouter router in _routers)
        {
            if (router.IsServed && (router.Granted & ~others) != 0)
            {
                _lease.Change(router.Held, router.Granted, (byte)(router.Granted & others));
            }

            router.Granted &= others;
            router.AskedGranted &= others;
            router.NextAsk[seat] = now;
            if (router.IsServed || router.Role == GatewayRole.Taking)
            {
                Mark(router);
            }
        }
    }

    /// <summary>A message shows that the node is another process now, which remembers nothing as a witness.</summary>
    private void WitnessRestarted(int host, long now)
    {
        int seat = _lease.SeatOf(host);
        if (seat >= 0 && _lease.Seat(seat)!.Session != 0)
        {
            MeetWitness(seat, 0, now);
            _renewalsDue = Math.Min(_renewalsDue, now);
        }
    }

    private void HandleRevoked(int host, in MessageReader message, long now)
    {
        RevokedMessage head = RevokedMessage.Read(message.Fixed);
        int seat = _lease.SeatOf(host);
        if (seat < 0 || _lease.Seat(seat) is not { } witness || witness.Session != head.Session)
        {
            return;
        }

        uint before = witness.Carried;
        for (int i = 0; i < message.Count; i++)
        {
            if (head.First + (uint)i != witness.Carried + 1)
            {
                continue;
            }

            RouterEpoch revoked = RouterEpoch.Read(message.Entry(i));
            witness.Carried++;
            if (_byId.TryGetValue(revoked.RouterId, out ElectedRouter? router))
            {
                LoseGrant(router, seat, revoked.Epoch, now);
            }
        }

        if (witness.Carried != before)
        {
            // What is told again is answered by the next renewal anyway: answering each would be answered by each.
            witness.CarriedBy = _lastChange;
            _renewalsDue = Math.Min(_renewalsDue, now);
        }
    }

    private void MarkTaking()
    {
        foreach (ElectedRouter router in _routers)
        {
            if (router.Role == GatewayRole.Taking || (router.IsServed && router.Asked != router.Epoch))
            {
                Mark(router);
            }
        }
    }

    private void TickReleases(long now)
    {
        if (now < _releasesDue)
        {
            return;
        }

        _releasesDue = ElectedRouter.Idle;
        for (int i = 0; i < _releases.Count; i++)
        {
            PendingRelease release = _releases[i];
            if (release.After > _applied)
            {
                continue;
            }

            if (now >= release.NextSend)
            {
                Send(release);
                release.NextSend = now + (s_releasePauses[Math.Min(release.Step++, s_releasePauses.Length - 1)] * Nanoseconds.PerMillisecond);
            }

            _releasesDue = Math.Min(_releasesDue, release.NextSend);
        }
    }

    private void Send(PendingRelease release)
    {
        Guid successor = release.Successor < 0 ? Guid.Empty : Hosts.IdOf(release.Successor);
        foreach (int host in release.Hosts)
        {
            new ReleaseEntry(release.RouterId, release.Epoch, successor).Write(_outbox.Entry(host, MessageKind.Release, []));
        }
    }

    private void HandleReleased(int host, in MessageReader message)
    {
        for (int i = 0; i < message.Count; i++)
        {
            RouterEpoch released = RouterEpoch.Read(message.Entry(i));
            _releases.Confirm(host, released.RouterId, released.Epoch);
        }
    }
}
