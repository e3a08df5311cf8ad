namespace Vicinal.Gateways.Tests;

public sealed class EpochTests
{
    [Fact]
    public void A_newer_schedule_is_newer_than_any_turn_of_an_older_one() =>
        (new Epoch(2, 1) > new Epoch(1, uint.MaxValue)).ShouldBeTrue();

    [Fact]
    public void The_next_epoch_is_newer_and_of_the_newest_schedule_known()
    {
        Epoch.None.Next(1).ShouldBe(new Epoch(1, 1));
        new Epoch(1, 7).Next(1).ShouldBe(new Epoch(1, 8));
        new Epoch(1, 7).Next(2).ShouldBe(new Epoch(2, 1));
        new Epoch(3, 7).Next(2).ShouldBe(new Epoch(3, 8));
    }
}
