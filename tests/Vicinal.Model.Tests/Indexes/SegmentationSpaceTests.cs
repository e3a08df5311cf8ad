using Vicinal.Model.Indexes;

namespace Vicinal.Model.Tests.Indexes;

public sealed class SegmentationSpaceTests
{
    private readonly Guid _owner = Guid.NewGuid();

    [Fact]
    public void An_id_that_was_given_back_rests_until_all_others_were_used()
    {
        SegmentationRange[] ten = [new(1, 10)];
        SegmentationSpace ids = Take(Take(SegmentationSpace.Empty, ten), ten);
        ids = ids.Remove(1).Remove(2);
        for (uint expected = 3; expected <= 10; expected++)
        {
            ids.FindFree(ten).ShouldBe(expected);
            ids = Take(ids, ten);
        }

        ids.FindFree(ten).ShouldBe(1u);
    }

    [Fact]
    public void An_id_that_somebody_names_disturbs_nobodys_rest()
    {
        SegmentationRange[] ten = [new(1, 10)];
        SegmentationSpace ids = Take(SegmentationSpace.Empty, ten).Remove(1);
        ids = ids.Add(9, _owner).Add(4000, _owner);
        ids.FindFree(ten).ShouldBe(2u);
    }

    [Fact]
    public void A_full_range_has_none_left_until_one_is_given_back()
    {
        SegmentationRange[] five = [new(100, 104)];
        SegmentationSpace ids = SegmentationSpace.Empty;
        for (int i = 0; i < 5; i++)
        {
            ids = Take(ids, five);
        }

        ids.FindFree(five).ShouldBeNull();
        ids.Remove(102).FindFree(five).ShouldBe(102u);
        ids.FindFree([new(100, 104), new(7, 8)]).ShouldBe(7u);
    }

    [Fact]
    public void Ranges_are_gone_through_in_order_of_their_ids_and_then_from_the_first_again()
    {
        SegmentationRange[] two = [new(20, 21), new(10, 11)];
        SegmentationSpace ids = SegmentationSpace.Empty;
        foreach (uint expected in (uint[])[10, 11, 20, 21])
        {
            ids.FindFree(two).ShouldBe(expected);
            ids = Take(ids, two);
        }

        ids.Remove(11).FindFree(two).ShouldBe(11u);
    }

    [Fact]
    public void The_highest_id_is_followed_by_the_lowest_free_one()
    {
        SegmentationSpace ids = SegmentationSpace.Empty.Add(1, _owner).Add(uint.MaxValue, _owner).WithLast(uint.MaxValue);
        ids.FindFree([new(1, uint.MaxValue)]).ShouldBe(2u);
    }

    [Fact]
    public void An_id_has_one_owner()
    {
        SegmentationSpace ids = SegmentationSpace.Empty.Add(7, _owner);
        ids.OwnerOf(7).ShouldBe(_owner);
        ids.OwnerOf(8).ShouldBeNull();
        Should.Throw<ArgumentException>(() => ids.Add(7, Guid.NewGuid()));
    }

    private SegmentationSpace Take(SegmentationSpace ids, SegmentationRange[] ranges)
    {
        uint id = ids.FindFree(ranges)!.Value;
        return ids.Add(id, _owner).WithLast(id);
    }
}
