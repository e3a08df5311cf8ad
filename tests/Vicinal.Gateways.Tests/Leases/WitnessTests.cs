using Vicinal.Forwarding;
using Vicinal.Gateways.Leases;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Tests.Leases;

public sealed class WitnessTests
{
    private const long Millisecond = 1_000_000;
    private const int P = 1;
    private const int H = 2;
    private const int X = 3;

    private static readonly LeasePeriods s_periods = new(40 * Millisecond);
    private static readonly Guid s_router = new(1, 0, 0, new byte[8]);

    private readonly Witness _witness = new(1000, LeaseRules.Sound, 0) { Periods = s_periods };
    private long _now = 100 * Millisecond;

    [Fact]
    public void The_first_to_ask_for_a_free_router_is_granted_it()
    {
        Take(P, new Epoch(1, 1)).Refused.ShouldBeNull();
        Take(H, new Epoch(1, 2)).Refused.ShouldBe(Refusal.Held);
    }

    [Fact]
    public void A_lease_is_waited_for_with_a_margin()
    {
        Take(P, new Epoch(1, 1));
        Renew(P).ShouldBeTrue();
        long renewed = _now;
        TakeVerdict refused = Take(H, new Epoch(1, 2));
        refused.Refused.ShouldBe(Refusal.Held);
        refused.Holder.ShouldBe(P);
        _now = renewed + (41 * Millisecond);
        Take(H, new Epoch(1, 2)).Refused.ShouldBe(Refusal.Held, "a slow clock and packets on their way are allowed for");
        _now = renewed + refused.RetryAfter;
        Take(H, new Epoch(1, 2)).Refused.ShouldBeNull();
    }

    [Fact]
    public void A_holder_is_renewed_only_when_it_knows_what_it_lost()
    {
        Take(P, new Epoch(1, 1));
        _now += 60 * Millisecond;
        Take(H, new Epoch(1, 2), out HolderSession? loser).Refused.ShouldBeNull();
        loser.ShouldNotBeNull().Pending.ShouldBe([new RouterEpoch(s_router, new Epoch(1, 2))]);
        Renew(P).ShouldBeFalse();
        Renew(P, heeded: 7).ShouldBeFalse("it cannot know what was never said");
        Renew(P, heeded: 1).ShouldBeTrue();
    }

    [Fact]
    public void A_long_lease_is_waited_for_longer()
    {
        _now = 31_000 * Millisecond;
        Take(P, new Epoch(1, 1), GatewayLease.Long).Refused.ShouldBeNull();
        _now += 20_000 * Millisecond;
        Take(H, new Epoch(1, 2)).Refused.ShouldBe(Refusal.Held);
        _now += 11_000 * Millisecond;
        Take(H, new Epoch(1, 2)).Refused.ShouldBeNull();
    }

    [Fact]
    public void An_epoch_that_is_not_newer_is_refused_and_told_the_newest()
    {
        Take(P, new Epoch(1, 5));
        _now += 60 * Millisecond;
        TakeVerdict refused = Take(H, new Epoch(1, 5));
        refused.Refused.ShouldBe(Refusal.Older);
        refused.Known.ShouldBe(new Epoch(1, 5));
    }

    [Fact]
    public void The_same_question_has_the_same_answer()
    {
        Take(P, new Epoch(1, 1)).Refused.ShouldBeNull();
        Take(P, new Epoch(1, 1)).Refused.ShouldBeNull();
    }

    [Fact]
    public void A_released_router_goes_to_the_successor_before_others()
    {
        Take(P, new Epoch(1, 1));
        Release(P, new Epoch(1, 1), H);
        TakeVerdict other = Take(X, new Epoch(1, 2));
        other.Refused.ShouldBe(Refusal.Reserved);
        Take(H, new Epoch(1, 2)).Refused.ShouldBeNull();
    }

    [Fact]
    public void A_successor_that_does_not_come_is_not_waited_for_long()
    {
        Take(P, new Epoch(1, 1));
        Release(P, new Epoch(1, 1), H);
        _now += Take(X, new Epoch(1, 2)).RetryAfter;
        Take(X, new Epoch(1, 2)).Refused.ShouldBeNull();
    }

    [Fact]
    public void Nobody_releases_what_another_holds_and_no_late_release_ends_a_newer_grant()
    {
        Take(P, new Epoch(1, 1));
        Release(H, new Epoch(1, 9), -1);
        Take(X, new Epoch(1, 10)).Refused.ShouldBe(Refusal.Held);
        Take(P, new Epoch(1, 11)).Refused.ShouldBeNull();
        Release(P, new Epoch(1, 1), -1);
        Take(X, new Epoch(1, 12)).Refused.ShouldBe(Refusal.Held);
    }

    [Fact]
    public void A_take_that_comes_after_its_release_is_refused()
    {
        Session(P);
        Release(P, new Epoch(1, 1), -1);
        Take(P, new Epoch(1, 1)).Refused.ShouldBe(Refusal.Older);
    }

    [Fact]
    public void After_its_start_a_witness_grants_nothing_it_may_have_promised()
    {
        _now = 10 * Millisecond;
        TakeVerdict refused = Take(P, new Epoch(1, 1));
        refused.Refused.ShouldBe(Refusal.JustStarted);
        Release(P, new Epoch(1, 1), -1);
        Take(H, new Epoch(1, 2)).Refused.ShouldBe(Refusal.JustStarted, "who releases may not be the one it was promised to");
        _now += refused.RetryAfter;
        Take(H, new Epoch(1, 3)).Refused.ShouldBeNull();
        Take(X, new Epoch(1, 9), GatewayLease.Long, new Guid(2, 0, 0, new byte[8])).Refused.ShouldBe(Refusal.JustStarted);
    }

    [Fact]
    public void A_newer_schedule_ends_a_lease_that_runs_when_its_holder_has_heard_or_it_has_run_out()
    {
        Take(P, new Epoch(1, 1));
        Renew(P);
        Take(H, new Epoch(2, 1), out HolderSession? loser).Refused.ShouldBe(Refusal.Held);
        loser.ShouldBe(Session(P));
        Renew(P).ShouldBeFalse("no renewal lengthens it any more");
        Take(H, new Epoch(2, 1)).Refused.ShouldBe(Refusal.Held);
        Renew(P, heeded: 1).ShouldBeTrue();
        Take(X, new Epoch(2, 2)).Refused.ShouldBe(Refusal.Reserved);
        Take(H, new Epoch(2, 1)).Refused.ShouldBeNull();
    }

    [Fact]
    public void A_newer_schedule_is_not_undone_by_who_has_not_heard_of_it()
    {
        Take(P, new Epoch(1, 1));
        Take(H, new Epoch(2, 1)).Refused.ShouldBe(Refusal.Held);
        TakeVerdict refused = Take(P, new Epoch(1, 2));
        refused.Refused.ShouldBe(Refusal.Older);
        refused.Known.Schedule.ShouldBe(2U);
        Take(P, new Epoch(2, 2)).Refused.ShouldBeNull("it is chosen still");
    }

    [Fact]
    public void A_process_that_is_new_finds_a_new_session_and_does_not_renew_what_the_old_one_held()
    {
        Take(P, new Epoch(1, 1));
        HolderSession before = Session(P);
        HolderSession after = _witness.Meet(P, 8, _now).ShouldNotBeNull();
        after.ShouldNotBe(before);
        _witness.Find(P, before.Number).ShouldBeNull();
        for (int i = 0; i < 10; i++)
        {
            _now += 10 * Millisecond;
            _witness.Renew(after, 0, s_periods, _now).ShouldBeTrue();
        }

        Take(H, new Epoch(1, 2)).Refused.ShouldBeNull();
    }

    [Fact]
    public void The_same_node_has_its_router_back_at_once()
    {
        Take(P, new Epoch(1, 1));
        HolderSession after = _witness.Meet(P, 8, _now).ShouldNotBeNull();
        TakeEntry ask = new(s_router, new Epoch(1, 2), GatewayLease.Short);
        _witness.Take(after, in ask, _now, out _).Refused.ShouldBeNull();
    }

    [Fact]
    public void A_late_word_of_an_earlier_process_is_not_heard_unless_the_clock_was_set_back()
    {
        _witness.Meet(P, 8, _now);
        _witness.Meet(P, 7, _now).ShouldBeNull();
        _now += 61_000 * Millisecond;
        _witness.Meet(P, 7, _now).ShouldNotBeNull();
    }

    [Fact]
    public void When_a_lease_runs_out_who_asked_first_goes_first()
    {
        Take(P, new Epoch(1, 1));
        Renew(P);
        long wait = Take(H, new Epoch(1, 2)).RetryAfter;
        Take(X, new Epoch(1, 2));
        _now += wait;
        Take(X, new Epoch(1, 2)).Refused.ShouldBe(Refusal.Reserved);
        Take(H, new Epoch(1, 2)).Refused.ShouldBeNull();
    }

    [Fact]
    public void A_period_that_the_policy_shortens_does_not_shorten_what_was_promised()
    {
        Take(P, new Epoch(1, 1));
        Renew(P);
        _witness.Periods = new LeasePeriods(10 * Millisecond);
        _now += 20 * Millisecond;
        Take(H, new Epoch(1, 2)).Refused.ShouldBe(Refusal.Held);
    }

    [Fact]
    public void What_has_been_silent_for_long_is_forgotten()
    {
        Take(P, new Epoch(1, 5));
        ulong session = Session(P).Number;
        _now += 601_000 * Millisecond;
        _witness.Forget(_now);
        _witness.Find(P, session).ShouldBeNull();
        Take(H, new Epoch(1, 1)).Refused.ShouldBeNull();
    }

    private HolderSession Session(int host) => _witness.Meet(host, 7, _now).ShouldNotBeNull();

    private bool Renew(int host, uint heeded = 0) => _witness.Renew(Session(host), heeded, s_periods, _now);

    private void Release(int host, Epoch epoch, int successor) =>
        _witness.Release(host, new ReleaseEntry(s_router, epoch, Guid.Empty), successor, _now);

    private TakeVerdict Take(int host, Epoch epoch, GatewayLease lease = GatewayLease.Short, Guid? router = null)
    {
        TakeEntry ask = new(router ?? s_router, epoch, lease);
        return _witness.Take(Session(host), in ask, _now, out _);
    }

    private TakeVerdict Take(int host, Epoch epoch, out HolderSession? loser)
    {
        TakeEntry ask = new(s_router, epoch, GatewayLease.Short);
        return _witness.Take(Session(host), in ask, _now, out loser);
    }
}
