using Vicinal.Gateways.Leases;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>This node as a witness: what it answers to holders.</summary>
public sealed partial class GatewayElection
{
    /// <summary>A period that a holder claims is believed up to this.</summary>
    private const long LongestShort = 10 * Nanoseconds.PerSecond;

    private readonly List<HolderSession> _toTell = [];

    private void HandleRenew(int host, in MessageReader message, long now)
    {
        RenewMessage renew = RenewMessage.Read(message.Fixed);
        if (!GoesBy(host, message.Header.Witnesses))
        {
            return;
        }

        if (_witness.Find(host, renew.Session) is not { } session)
        {
            Introduce(host, message.Header.Incarnation, now);
            return;
        }

        LeasePeriods periods = new(Math.Min(renew.Short * Nanoseconds.PerMicrosecond, LongestShort));
        if (_witness.Renew(session, renew.Heeded, periods, now))
        {
            Span<byte> head = stackalloc byte[RenewedMessage.Size];
            new RenewedMessage(renew.Round, session.Number).Write(head);
            _outbox.Whole(host, MessageKind.Renewed, head);
        }
        else
        {
            TellRevoked(session);
        }
    }

    private void Introduce(int host, ulong incarnation, long now)
    {
        if (_witness.Meet(host, incarnation, now) is { } session)
        {
            Span<byte> head = stackalloc byte[RenewedMessage.Size];
            new RenewedMessage(0, session.Number).Write(head);
            _outbox.Whole(host, MessageKind.Renewed, head, MessageFlags.Introduces);
        }
    }

    /// <summary>In messages of their own: two tellings in one would pass for that many more revocations.</summary>
    private void TellRevoked(HolderSession session)
    {
        Span<byte> head = stackalloc byte[RevokedMessage.Size];
        int room = (OutgoingMessage.MaxSize - MessageHeader.Size - RevokedMessage.Size) / RouterEpoch.Size;
        int most = Math.Min(session.Pending.Count, 8 * room);
        for (int first = 0; first < most; first += room)
        {
            new RevokedMessage(session.Number, session.Heeded + 1 + (uint)first).Write(head);
            OutgoingMessage message = _outbox.Whole(session.Host, MessageKind.Revoked, head);
            for (int i = first; i < Math.Min(most, first + room); i++)
            {
                session.Pending[i].Write(message.Room);
                message.Length += RouterEpoch.Size;
                message.AddToCount();
            }
        }
    }

    private void HandleTake(int host, in MessageReader message, long now)
    {
        if (!GoesBy(host, message.Header.Witnesses))
        {
            return;
        }

        if (_witness.Find(host, TakeEntry.ReadSession(message.Fixed)) is not { } session)
        {
            Introduce(host, message.Header.Incarnation, now);
            return;
        }

        Span<byte> head = stackalloc byte[GrantedMessage.Size];
        for (int i = 0; i < message.Count; i++)
        {
            if (!TakeEntry.TryRead(message.Entry(i), out TakeEntry ask))
            {
                continue;
            }

            TakeVerdict verdict = _witness.Take(session, in ask, now, out HolderSession? revoked);
            if (revoked is not null && !_toTell.Contains(revoked))
            {
                _toTell.Add(revoked);
            }

            if (verdict.Refused is { } reason)
            {
                Guid holder = verdict.Holder < 0 ? Guid.Empty : Hosts.IdOf(verdict.Holder);
                uint retry = (uint)Math.Clamp(verdict.RetryAfter / Nanoseconds.PerMicrosecond, 0, uint.MaxValue);
                new RefusedEntry(ask.RouterId, ask.Epoch, verdict.Known, holder, retry, reason).Write(_outbox.Entry(host, MessageKind.Refused, []));
            }
            else
            {
                new GrantedMessage(session.Number, session.Newest).Write(head);
                _outbox.RouterEpoch(host, MessageKind.Granted, head, ask.RouterId, ask.Epoch);
            }
        }

        foreach (HolderSession loser in _toTell)
        {
            TellRevoked(loser);
        }

        _toTell.Clear();
    }

    /// <summary>A release concerns this node as a witness, and as one that could follow.</summary>
    private void HandleRelease(int host, in MessageReader message, long now)
    {
        for (int i = 0; i < message.Count; i++)
        {
            ReleaseEntry release = ReleaseEntry.Read(message.Entry(i));
            int successor = release.Successor != Guid.Empty && Hosts.TryFind(release.Successor, out int found) ? found : -1;
            _witness.Release(host, in release, successor, now);
            _outbox.RouterEpoch(host, MessageKind.Released, [], release.RouterId, release.Epoch);
            if (host != _self && _byId.TryGetValue(release.RouterId, out ElectedRouter? router))
            {
                NoteRelease(router, host, release.Epoch, successor, now);
            }
        }
    }

    /// <summary>Who served it has stopped: this node follows if it was named, and waits for another that was.</summary>
    private void NoteRelease(ElectedRouter router, int host, Epoch epoch, int successor, long now)
    {
        router.Newest = epoch > router.Newest ? epoch : router.Newest;
        if (router.Active != host || router.ActiveEpoch > epoch || !router.IsKnown)
        {
            Mark(router);
            return;
        }

        router.Active = -1;
        router.Reason = successor == _self ? ActiveReason.HandedOver : ActiveReason.Vacant;
        router.ListensUntil = now;
        router.TakeAt = successor == _self ? now : ElectedRouter.Idle;
        if (successor >= 0 && successor != _self)
        {
            router.TakeAt = now + ElectionTimes.Succession + (NodesBefore(router, now) * ElectionTimes.RankDelay);
        }

        if (router.Role == GatewayRole.Taking)
        {
            router.NextAsk.AsSpan().Fill(now);
        }

        Mark(router);
    }
}
