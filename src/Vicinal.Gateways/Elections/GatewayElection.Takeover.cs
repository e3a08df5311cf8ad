using System.Numerics;
using Vicinal.Gateways.Leases;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>Rules 3 and 7: when a standby asks for a router, and how.</summary>
public sealed partial class GatewayElection
{
    private long _listensUntil;

    private void LookAsStandby(ElectedRouter router, long now)
    {
        if (now >= router.SuccessionEnds && router.SuccessionEnds != ElectedRouter.Idle)
        {
            // The successor never claimed it.
            router.SuccessionEnds = ElectedRouter.Idle;
            router.Active = -1;
        }

        Schedule(router, router.SuccessionEnds);
        if (!router.IsListed || !MayAskAnew(router))
        {
            return;
        }

        if (WhyTake(router, now) is not { } reason)
        {
            router.TakeAt = ElectedRouter.Idle;
            AskForReturn(router, now);
            return;
        }

        long listens = Math.Max(_listensUntil, router.ListensUntil);
        if (!IsEligible(router) || now < listens)
        {
            Schedule(router, now < listens ? listens : ElectedRouter.Idle);
            return;
        }

        router.Reason = reason;
        router.TakeAt = router.TakeAt == ElectedRouter.Idle ? now + DelayOf(router, reason, now) : router.TakeAt;
        if (now < router.TakeAt)
        {
            Schedule(router, router.TakeAt);
            return;
        }

        BeginTaking(router, now);
    }

    /// <summary>Null: somebody serves it, as far as this node can tell.</summary>
    private ActiveReason? WhyTake(ElectedRouter router, long now)
    {
        if (router.Active < 0 || router.Active == _self)
        {
            return router.Reason == ActiveReason.HandedOver && router.Active < 0 ? ActiveReason.HandedOver : ActiveReason.Vacant;
        }

        Peer active = PeerOf(router.Active);
        if (active.LivenessAt(now) == Liveness.Down || active.HasLapsed)
        {
            return ActiveReason.Failed;
        }

        return router.Lists(router.Active) ? null : WhyTakeFromUnlisted(router, now);
    }

    /// <summary>The server chose other nodes than the one that serves: that one hands over, and if it says nothing, it is not waited for.</summary>
    private ActiveReason? WhyTakeFromUnlisted(ElectedRouter router, long now)
    {
        router.UnlistedSince = router.UnlistedSince == ElectedRouter.Idle ? now : router.UnlistedSince;
        long patience = Math.Min(Math.Max(router.UnlistedSince, router.PreparedAt) + ElectionTimes.Nudge, router.UnlistedSince + ElectionTimes.Patience);
        if (now >= patience)
        {
            return ActiveReason.Failed;
        }

        if (IsEligible(router) && now >= router.NextReclaim)
        {
            router.NextReclaim = now + ElectionTimes.NudgeInterval;
            _outbox.RouterEpoch(router.Active, MessageKind.Reclaim, [], router.Id, router.ActiveEpoch);
        }

        Schedule(router, Math.Min(patience, Math.Max(router.NextReclaim, now + Nanoseconds.PerMillisecond)));
        return null;
    }

    /// <summary>Better nodes first, then those that lack the router's connections; who served it last, or was named, at once.</summary>
    private long DelayOf(ElectedRouter router, ActiveReason reason, long now)
    {
        if (router.Active == _self)
        {
            return 0;
        }

        bool failed = reason == ActiveReason.Failed;
        bool lacks = failed && router.ReplicatedFrom != router.Active;
        return (failed ? ElectionTimes.Hesitation : 0) + (NodesBefore(router, now) * ElectionTimes.RankDelay) + (lacks ? ElectionTimes.UnreplicatedDelay : 0);
    }

    private void BeginTaking(ElectedRouter router, long now)
    {
        router.Role = GatewayRole.Taking;
        router.FirstGrant = ElectedRouter.Idle;
        router.Attempts++;
        AskAnew(router, now);

        // The lease has to run when the grants come.
        _renewalsDue = now;
        GoOnTaking(router, now);
    }

    /// <summary>Who has not heard of the newest schedule may not be chosen any more.</summary>
    private static bool MayAskAnew(ElectedRouter router) => router.NextEpoch.Schedule <= router.Schedule;

    /// <summary>Asks for an epoch that is newer than all that are known. What was granted for an older one has to be granted again.</summary>
    private static void AskAnew(ElectedRouter router, long now)
    {
        router.Asked = router.NextEpoch;
        router.Newest = router.Asked;
        router.AskedGranted = 0;
        router.NextAsk.AsSpan().Fill(now);
    }

    private void GoOnTaking(ElectedRouter router, long now)
    {
        if (!IsEligible(router) || WhyTake(router, now) is null || router.Asked.Schedule != router.Schedule)
        {
            Stop(router, -1, default, -1, ActiveReason.Vacant, now);
            return;
        }

        if (_lease.Supports(router.Lease, router.AskedGranted, now))
        {
            Serve(router, now);
            return;
        }

        // A minority that nobody else can have either helps nobody.
        if (router.FirstGrant != ElectedRouter.Idle && now >= router.FirstGrant + ElectionTimes.Attempt)
        {
            GiveUp(router, now);
            return;
        }

        Ask(router, router.AskedGranted, now);
        Schedule(router, router.FirstGrant == ElectedRouter.Idle ? ElectedRouter.Idle : router.FirstGrant + ElectionTimes.Attempt);
    }

    /// <summary>Lets go of what a minority granted, and tries again after a pause that tells the nodes apart.</summary>
    private void GiveUp(ElectedRouter router, long now)
    {
        Stop(router, -1, default, -1, ActiveReason.Vacant, now);
        long pause = (2 + (3 * Math.Max(0, router.Place))) * ElectionTimes.RankDelay;
        router.TakeAt = now + (pause * Math.Min(router.Attempts, 8));
    }

    /// <summary>Asks the witnesses that have not granted and whose time has come.</summary>
    private void Ask(ElectedRouter router, byte granted, long now)
    {
        Span<byte> head = stackalloc byte[sizeof(ulong)];
        int lacking = _lease.Members & ~granted;
        for (int seat = 0; seat < NodeLease.MaxSeats; seat++)
        {
            if ((lacking & (1 << seat)) == 0)
            {
                continue;
            }

            WitnessSeat witness = _lease.Seat(seat)!;
            if (now >= router.NextAsk[seat])
            {
                router.NextAsk[seat] = now + ElectionTimes.Retry;
                if (witness.Session != 0)
                {
                    TakeEntry.WriteSession(head, witness.Session);
                    new TakeEntry(router.Id, router.Asked, router.Lease).Write(_outbox.Entry(witness.Host, MessageKind.Take, head));
                }
            }

            Schedule(router, router.NextAsk[seat]);
        }
    }

    private void HandleGranted(int host, in MessageReader message, long now)
    {
        GrantedMessage head = GrantedMessage.Read(message.Fixed);
        int seat = _lease.SeatOf(host);
        if (seat < 0 || _lease.Seat(seat)! is not { } witness || witness.Session != head.Session
            || (head.Newest < witness.Carried && _rules.AsksAgainAfterRevocation))
        {
            return;
        }

        for (int i = 0; i < message.Count; i++)
        {
            RouterEpoch granted = RouterEpoch.Read(message.Entry(i));
            if (_byId.TryGetValue(granted.RouterId, out ElectedRouter? router))
            {
                NoteGrant(router, seat, granted.Epoch, now);
            }
        }
    }

    private void NoteGrant(ElectedRouter router, int seat, Epoch epoch, long now)
    {
        byte bit = (byte)(1 << seat);
        if (router.Asked != epoch || (router.Role != GatewayRole.Taking && !router.IsServed))
        {
            if (!router.IsServed && router.Role != GatewayRole.Taking && !router.ServesByRow)
            {
                // It came after this node had given up.
                router.Newest = epoch > router.Newest ? epoch : router.Newest;
                Release(router, epoch, -1, served: false, now);
            }

            return;
        }

        router.AskedGranted |= bit;
        router.FirstGrant = Math.Min(router.FirstGrant, now);
        if (router.IsServed)
        {
            byte after = (byte)(router.Granted | bit);
            _lease.Change(router.Held, router.Granted, after);
            router.Granted = after;
            router.Contested &= BitOperations.PopCount((uint)(_lease.Members & ~after)) != 0;
        }

        Mark(router);
    }

    private void HandleRefused(int host, in MessageReader message, long now)
    {
        int seat = _lease.SeatOf(host);
        for (int i = 0; i < message.Count && seat >= 0; i++)
        {
            RefusedEntry refused = RefusedEntry.Read(message.Entry(i));
            if (_byId.TryGetValue(refused.RouterId, out ElectedRouter? router)
                && router.Asked == refused.Asked && (router.Role == GatewayRole.Taking || router.IsServed))
            {
                NoteRefusal(router, seat, in refused, now);
            }
        }
    }

    private void NoteRefusal(ElectedRouter router, int seat, in RefusedEntry refused, long now)
    {
        int holder = refused.Holder == Guid.Empty || !Hosts.TryFind(refused.Holder, out int found) ? -1 : found;
        long after = refused.RetryAfter * Nanoseconds.PerMicrosecond;
        router.NextAsk[seat] = now + Math.Clamp(after, Nanoseconds.PerMillisecond / 2, ElectionTimes.LongestRetry);
        router.Newest = refused.Known > router.Newest ? refused.Known : router.Newest;
        bool rivals = holder >= 0 && holder != _self && holder != router.Active;
        int place = Array.IndexOf(router.Nodes, holder);
        if (router.Role == GatewayRole.Taking && rivals && place >= 0 && place < router.Place)
        {
            // A better node is at it.
            GiveUp(router, now);
        }
        else if (refused.Reason == Refusal.Older && MayAskAnew(router))
        {
            AskAnew(router, now);
        }
        else if (refused.Reason == Refusal.Older)
        {
            router.NextAsk[seat] = now + ElectionTimes.LongestRetry;
        }

        Mark(router);
    }
}
