using Vicinal.Agent.Gateways;
using Vicinal.Devices;
using Vicinal.Forwarding;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class LeaseClockTests
{
    private const long Minute = 60_000_000_000;

    private readonly LeaseClock _clock = new(null);

    [Theory]
    [InlineData(GatewayLease.Short)]
    [InlineData(GatewayLease.Long)]
    public void What_was_decided_by_a_lease_that_ran_out_before_the_round_ended_is_told_once(GatewayLease kind)
    {
        Renew(kind);
        _clock.Holds(kind).ShouldBeTrue();
        _clock.RanOutSinceUse().ShouldBeFalse("it holds still");
        _clock.Holds(kind).ShouldBeTrue();
        _clock.Set(0, 0);
        _clock.RanOutSinceUse().ShouldBeTrue();
        _clock.RanOutSinceUse().ShouldBeFalse("nothing was decided by it since");
    }

    [Fact]
    public void A_lease_that_is_won_and_lost_within_a_round_is_noticed()
    {
        _clock.RanOutSinceUse().ShouldBeFalse();
        Renew(GatewayLease.Short);
        _clock.Holds(GatewayLease.Short).ShouldBeTrue();
        _clock.Set(0, 0);
        _clock.RanOutSinceUse().ShouldBeTrue();
    }

    [Fact]
    public void A_lease_that_nothing_was_decided_by_runs_out_unnoticed()
    {
        Renew(GatewayLease.Short);
        _clock.Holds(GatewayLease.Long).ShouldBeFalse();
        _clock.Holds(GatewayLease.None).ShouldBeTrue();
        _clock.Set(0, 0);
        _clock.RanOutSinceUse().ShouldBeFalse();
    }

    private void Renew(GatewayLease kind)
    {
        long until = MonotonicTimer.Now + Minute;
        _clock.Set(kind == GatewayLease.Short ? until : 0, kind == GatewayLease.Long ? until : 0);
    }
}
