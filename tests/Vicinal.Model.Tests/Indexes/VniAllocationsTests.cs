using Vicinal.Model.Indexes;

namespace Vicinal.Model.Tests.Indexes;

public sealed class VniAllocationsTests
{
    private readonly Guid _owner = Guid.NewGuid();

    [Fact]
    public void A_key_that_was_given_back_rests_until_all_others_were_used()
    {
        VniAllocations vnis = Take(Take(VniAllocations.Empty, 1, 10), 1, 10);
        vnis = vnis.Remove(1).Remove(2);
        for (uint expected = 3; expected <= 10; expected++)
        {
            vnis.FindFree(1, 10).ShouldBe(expected);
            vnis = Take(vnis, 1, 10);
        }

        vnis.FindFree(1, 10).ShouldBe(1u);
    }

    [Fact]
    public void A_full_range_has_none_left_until_one_is_given_back()
    {
        VniAllocations vnis = VniAllocations.Empty;
        for (int i = 0; i < 5; i++)
        {
            vnis = Take(vnis, 100, 104);
        }

        vnis.FindFree(100, 104).ShouldBeNull();
        vnis.Remove(102).FindFree(100, 104).ShouldBe(102u);
        vnis.FindFree().ShouldBe(105u);
    }

    [Fact]
    public void The_highest_key_is_followed_by_the_lowest_free_one()
    {
        VniAllocations vnis = VniAllocations.Empty.Add(1, _owner).Add(VniAllocations.Max, _owner);
        vnis.FindFree().ShouldBe(2u);
    }

    [Fact]
    public void A_key_has_one_owner()
    {
        VniAllocations vnis = VniAllocations.Empty.Add(7, _owner);
        vnis.OwnerOf(7).ShouldBe(_owner);
        vnis.OwnerOf(8).ShouldBeNull();
        Should.Throw<ArgumentException>(() => vnis.Add(7, Guid.NewGuid()));
    }

    [Fact]
    public void The_cursor_survives_a_restart()
    {
        VniAllocations vnis = VniAllocations.Empty.Add(1, _owner).Add(2, _owner).Remove(2);
        VniAllocations restored = VniAllocations.Empty.Add(1, _owner).WithLast(vnis.Last);
        restored.FindFree().ShouldBe(3u);
    }

    private VniAllocations Take(VniAllocations vnis, uint least, uint most) => vnis.Add(vnis.FindFree(least, most)!.Value, _owner);
}
