using Vicinal.Server.Distribution;

namespace Vicinal.Server.Tests.Distribution;

public sealed class AppliedRevisionsTests
{
    private readonly ManualTime _time = new();
    private readonly AppliedRevisions _revisions;

    public AppliedRevisionsTests() => _revisions = new AppliedRevisions(_time, kept: 100);

    [Fact]
    public void A_revision_tells_on_how_many_nodes_it_is_applied_and_after_how_long()
    {
        long durable = _time.GetTimestamp();
        _revisions.Compiled(5, 5, ["c1", "c2"], durable);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        _revisions.Applied("c1", 5);
        RevisionProgress progress = _revisions.Find(5).ShouldNotBeNull();
        (progress.Nodes, progress.Applied, progress.Milliseconds).ShouldBe((2, 1, 3));
        progress.Pending.ShouldBe(["c2"]);
        _time.Advance(TimeSpan.FromMilliseconds(4));
        _revisions.Applied("c2", 9);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        progress = _revisions.Find(5).ShouldNotBeNull();
        (progress.Nodes, progress.Applied, progress.Milliseconds).ShouldBe((2, 2, 7));
        progress.Pending.ShouldBeEmpty();
    }

    [Fact]
    public void Revisions_compiled_together_share_their_nodes_and_are_applied_together()
    {
        _revisions.Compiled(5, 8, ["c1"], _time.GetTimestamp());
        _revisions.Applied("c1", 7);
        _revisions.Find(6).ShouldNotBeNull().Applied.ShouldBe(0);
        _revisions.Applied("c1", 8);
        foreach (long revision in (long[])[5, 6, 7, 8])
        {
            _revisions.Find(revision).ShouldNotBeNull().Applied.ShouldBe(1);
        }
    }

    [Fact]
    public void A_revision_that_concerns_no_node_is_applied_everywhere_at_once()
    {
        _revisions.Compiled(5, 5, [], _time.GetTimestamp());
        RevisionProgress progress = _revisions.Find(5).ShouldNotBeNull();
        (progress.Nodes, progress.Applied).ShouldBe((0, 0));
    }

    [Fact]
    public void Whoever_waits_for_a_revision_is_told_when_the_last_node_has_it()
    {
        _revisions.Compiled(5, 6, ["c1", "c2"], _time.GetTimestamp());
        Task waiting = _revisions.WhenAppliedAsync(5);
        _revisions.Applied("c1", 6);
        waiting.IsCompleted.ShouldBeFalse();
        _revisions.Applied("c2", 9);
        waiting.IsCompletedSuccessfully.ShouldBeTrue();
        _revisions.WhenAppliedAsync(6).IsCompletedSuccessfully.ShouldBeTrue();
        _revisions.WhenAppliedAsync(999).IsCompletedSuccessfully.ShouldBeTrue("nobody knows of it");
    }

    [Fact]
    public void A_node_whose_agent_was_deleted_is_waited_for_no_longer()
    {
        _revisions.Compiled(5, 5, ["c1", "gone"], _time.GetTimestamp());
        _revisions.Compiled(6, 6, ["gone"], _time.GetTimestamp());
        Task waiting = _revisions.WhenAppliedAsync(5);
        _revisions.Removed("gone");
        _revisions.Find(6).ShouldNotBeNull().Complete.ShouldBeTrue();
        waiting.IsCompleted.ShouldBeFalse();
        _revisions.Applied("c1", 5);
        waiting.IsCompletedSuccessfully.ShouldBeTrue();
        RevisionProgress progress = _revisions.Find(5).ShouldNotBeNull();
        (progress.Nodes, progress.Applied, progress.Complete).ShouldBe((1, 1, true));
    }

    [Fact]
    public void Old_revisions_are_forgotten_also_while_a_node_stays_away()
    {
        for (int revision = 1; revision <= 1000; revision++)
        {
            _revisions.Compiled(revision, revision, ["away", "c1"], _time.GetTimestamp());
            _revisions.Applied("c1", revision);
        }

        _revisions.Find(900).ShouldBeNull();
        _revisions.Find(901).ShouldNotBeNull().Pending.ShouldBe(["away"]);
        _revisions.Applied("away", 1000);
        _revisions.Find(950).ShouldNotBeNull().Pending.ShouldBeEmpty();
        _revisions.Find(1001).ShouldBeNull();
    }
}
