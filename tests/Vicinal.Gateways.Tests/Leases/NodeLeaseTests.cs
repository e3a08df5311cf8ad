using Vicinal.Forwarding;
using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Tests.Leases;

public sealed class NodeLeaseTests
{
    private const long Millisecond = 1_000_000;
    private const byte All = 0b111;

    private readonly NodeLease _lease = new(LeaseRules.Sound) { Periods = new LeasePeriods(40 * Millisecond) };

    public NodeLeaseTests()
    {
        _lease.SetWitnesses([10, 11, 12]);
        for (int seat = 0; seat < 3; seat++)
        {
            _lease.Introduce(_lease.Seat(seat)!, 1);
        }
    }

    [Fact]
    public void It_runs_from_when_the_renewal_was_sent_that_a_majority_confirmed()
    {
        ulong round = _lease.BeginRound(1000);
        Confirm(0, round, 9000);
        _lease.Until(GatewayLease.Short).ShouldBeLessThan(0, "one of three is no majority");
        Confirm(1, round, 9500);
        _lease.Until(GatewayLease.Short).ShouldBe(1000 + (40 * Millisecond));
        _lease.Until(GatewayLease.Long).ShouldBe(1000 + LeasePeriods.Long);
    }

    [Fact]
    public void Each_witness_counts_with_its_newest_round()
    {
        ulong first = _lease.BeginRound(1000);
        Confirm(0, first);
        Confirm(1, first);
        ulong second = _lease.BeginRound(2000);
        Confirm(2, second);
        _lease.Until(GatewayLease.Short).ShouldBe(1000 + (40 * Millisecond));
        Confirm(0, second);
        _lease.Until(GatewayLease.Short).ShouldBe(2000 + (40 * Millisecond));
        Confirm(0, first);
        _lease.Until(GatewayLease.Short).ShouldBe(2000 + (40 * Millisecond), "a late answer shortens nothing");
    }

    [Fact]
    public void Answers_to_rounds_that_were_never_sent_or_are_long_over_say_nothing()
    {
        ulong first = _lease.BeginRound(1000);
        for (int i = 0; i < 100; i++)
        {
            _lease.BeginRound(2000 + i);
        }

        Confirm(0, first);
        Confirm(1, first);
        Confirm(2, 500);
        _lease.Until(GatewayLease.Short).ShouldBeLessThan(0);
    }

    [Fact]
    public void A_witness_that_has_not_granted_all_that_is_served_does_not_count()
    {
        ConfirmAll(1000);
        _lease.Add(GatewayLease.Short, 0b011);
        ulong round = _lease.BeginRound(2000);
        Confirm(0, round);
        Confirm(2, round);
        _lease.Until(GatewayLease.Short).ShouldBe(1000 + (40 * Millisecond));
        _lease.Change(GatewayLease.Short, 0b011, All);
        _lease.Until(GatewayLease.Short).ShouldBe(2000 + (40 * Millisecond));
    }

    [Fact]
    public void A_router_is_supported_by_those_that_granted_it_and_everything_else()
    {
        ConfirmAll(1000);
        _lease.Supports(GatewayLease.Short, 0b011, 2000).ShouldBeTrue();
        _lease.Supports(GatewayLease.Short, 0b001, 2000).ShouldBeFalse();
        _lease.Supports(GatewayLease.Short, 0b011, 50 * Millisecond).ShouldBeFalse("their confirmations are too old");
        _lease.Add(GatewayLease.Short, 0b101);
        _lease.Supports(GatewayLease.Short, 0b011, 2000).ShouldBeFalse("only one has granted both");
        _lease.Supports(GatewayLease.Long, 0b011, 2000).ShouldBeTrue("what has another kind of lease does not matter");
    }

    [Fact]
    public void A_witness_that_starts_anew_keeps_its_word_until_the_period_is_over()
    {
        ConfirmAll(1000);
        _lease.Add(GatewayLease.Short, All);
        ulong round = _lease.BeginRound(2000);
        Confirm(0, round);
        Restart(1, 2);
        Restart(2, 2);
        _lease.Change(GatewayLease.Short, All, 0b001);
        _lease.Until(GatewayLease.Short).ShouldBe(1000 + (40 * Millisecond));
    }

    [Fact]
    public void The_word_of_a_witness_before_its_start_does_not_cover_what_begins_after_it()
    {
        ConfirmAll(1000);
        Restart(1, 2);
        Restart(2, 2);
        _lease.Supports(GatewayLease.Short, 0b011, 2000).ShouldBeFalse();
        _lease.Add(GatewayLease.Short, 0b011);
        _lease.Until(GatewayLease.Short).ShouldBeLessThan(0);
    }

    [Fact]
    public void One_witness_alone_is_a_majority_and_of_four_three_are()
    {
        _lease.SetWitnesses([10]);
        _lease.Majority.ShouldBe(1);
        _lease.SetWitnesses([10, 11, 12, 13]);
        _lease.Majority.ShouldBe(3);
        _lease.SetWitnesses([10, 11, 12, 13, 14]);
        _lease.Majority.ShouldBe(3);
    }

    [Fact]
    public void Witnesses_that_stay_keep_their_seats_and_confirmations()
    {
        ConfirmAll(1000);
        byte gone = _lease.SetWitnesses([10, 12, 13]);
        gone.ShouldBe((byte)0b010);
        _lease.SeatOf(12).ShouldBe(2);
        _lease.SeatOf(13).ShouldBe(1);
        _lease.SeatOf(11).ShouldBe(-1);
        _lease.Until(GatewayLease.Short).ShouldBe(1000 + (40 * Millisecond));
    }

    [Fact]
    public void A_longer_period_does_not_lengthen_what_was_confirmed_under_the_shorter_one()
    {
        ConfirmAll(1000);
        ulong inFlight = _lease.BeginRound(2000);
        _lease.Periods = new LeasePeriods(100 * Millisecond);
        _lease.Until(GatewayLease.Short).ShouldBe(1000 + (40 * Millisecond));
        Confirm(0, inFlight);
        Confirm(1, inFlight);
        _lease.Until(GatewayLease.Short).ShouldBe(2000 + (40 * Millisecond));
        ConfirmAll(3000);
        _lease.Until(GatewayLease.Short).ShouldBe(3000 + (100 * Millisecond));
    }

    private void Confirm(int seat, ulong round, long now = 0) => _lease.Confirm(_lease.Seat(seat)!, round, now);

    private void ConfirmAll(long sent)
    {
        ulong round = _lease.BeginRound(sent);
        for (int seat = 0; seat < 3; seat++)
        {
            Confirm(seat, round);
        }
    }

    private void Restart(int seat, ulong session) => _lease.Introduce(_lease.Seat(seat)!, session);
}
