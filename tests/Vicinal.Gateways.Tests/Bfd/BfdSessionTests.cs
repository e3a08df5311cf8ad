using Vicinal.Gateways.Bfd;

namespace Vicinal.Gateways.Tests.Bfd;

public sealed class BfdSessionTests
{
    private const long Millisecond = BfdPair.Millisecond;
    private static readonly BfdTiming s_fast = new(10 * Millisecond, 3);

    [Fact]
    public void Two_ends_come_up_and_then_send_at_their_pace()
    {
        BfdPair pair = new(s_fast, s_fast);
        pair.Run(100 * Millisecond);
        pair.One.State.ShouldBe(BfdState.Up);
        pair.Other.State.ShouldBe(BfdState.Up);
        pair.SentByOne.Clear();
        pair.Run(1000 * Millisecond);
        pair.SentByOne.Count.ShouldBeInRange(105, 140, "10 ms less 10 to 25 percent");
        long[] pauses = [.. pair.SentByOne.Zip(pair.SentByOne.Skip(1), (a, b) => b - a)];
        pauses.Min().ShouldBeGreaterThanOrEqualTo(75 * Millisecond / 10);
        pauses.Max().ShouldBeLessThanOrEqualTo(92 * Millisecond / 10);
        pauses.Distinct().Count().ShouldBeGreaterThan(5, "the pauses are spread");
    }

    [Fact]
    public void Before_it_is_up_an_end_sends_about_once_a_second()
    {
        BfdPair pair = new(s_fast, s_fast) { CutToOther = true, CutToOne = true };
        pair.Run(5000 * Millisecond);
        pair.SentByOne.Count.ShouldBeInRange(5, 8);
        pair.PacketsOfOne.ShouldAllBe(p => p.DesiredMinTx == 1_000_000 && p.State == BfdState.Down);
    }

    [Fact]
    public void Silence_for_the_detection_time_ends_the_session_and_says_why()
    {
        BfdPair pair = new(s_fast, s_fast);
        pair.Run(100 * Millisecond);
        pair.One.DetectionTime.ShouldBe(30 * Millisecond);
        pair.CutToOne = true;
        pair.Run(20 * Millisecond);
        pair.One.State.ShouldBe(BfdState.Up);
        pair.Run(11 * Millisecond);
        pair.One.State.ShouldBe(BfdState.Down);
        pair.One.Diagnostic.ShouldBe(BfdDiagnostic.DetectionTimeExpired);

        // The other end heard it at once, since a change of the state does not wait for its turn.
        pair.Run(1 * Millisecond);
        pair.Other.State.ShouldBe(BfdState.Down);
        pair.Other.Diagnostic.ShouldBe(BfdDiagnostic.NeighborSignaledDown);
    }

    [Fact]
    public void A_session_comes_up_again_when_the_path_is_back()
    {
        BfdPair pair = new(s_fast, s_fast);
        pair.Run(100 * Millisecond);
        pair.CutToOne = pair.CutToOther = true;
        pair.Run(500 * Millisecond);
        pair.CutToOne = pair.CutToOther = false;
        pair.Run(2500 * Millisecond);
        pair.One.State.ShouldBe(BfdState.Up);
        pair.Other.State.ShouldBe(BfdState.Up);
        pair.One.Diagnostic.ShouldBe(BfdDiagnostic.None);
    }

    [Fact]
    public void A_node_that_stood_still_does_not_blame_its_peer()
    {
        BfdPair pair = new(s_fast, s_fast);
        pair.Run(100 * Millisecond);
        pair.CutToOther = true;
        pair.Run(25 * Millisecond, oneStands: true);
        pair.CutToOther = false;
        pair.One.NoteStall(25 * Millisecond);
        pair.Run(5 * Millisecond);
        pair.One.State.ShouldBe(BfdState.Up);
    }

    [Fact]
    public void The_slower_of_what_one_offers_and_the_other_wants_is_the_pace()
    {
        BfdPair pair = new(s_fast, BfdTiming.Slow);
        pair.Run(3000 * Millisecond);
        pair.SentByOne.Clear();
        pair.Run(3000 * Millisecond);
        pair.SentByOne.Count.ShouldBeInRange(10, 14);
        pair.One.DetectionTime.ShouldBe(900 * Millisecond);
        pair.Other.DetectionTime.ShouldBe(900 * Millisecond);
    }

    [Fact]
    public void A_change_of_pace_is_polled_and_loses_nothing()
    {
        BfdPair pair = new(BfdTiming.Slow, BfdTiming.Slow);
        pair.Run(3000 * Millisecond);
        pair.PacketsOfOne.Clear();
        pair.PacketsOfOther.Clear();
        pair.One.SetTiming(s_fast, pair.Now);
        pair.Other.SetTiming(s_fast, pair.Now);
        pair.Run(400 * Millisecond);
        pair.PacketsOfOne.ShouldContain(p => p.Poll);
        pair.PacketsOfOther.ShouldContain(p => p.Final);
        pair.PacketsOfOne.ShouldNotContain(p => p.Poll && p.Final);
        pair.PacketsOfOne[^1].Poll.ShouldBeFalse("the poll is over");
        pair.One.State.ShouldBe(BfdState.Up);
        pair.One.DetectionTime.ShouldBe(30 * Millisecond);

        // Slower again: the old pace counts until the other end knows.
        pair.One.SetTiming(BfdTiming.Slow, pair.Now);
        pair.Run(2000 * Millisecond);
        pair.One.State.ShouldBe(BfdState.Up);
        pair.Other.State.ShouldBe(BfdState.Up);
        pair.Other.DetectionTime.ShouldBe(900 * Millisecond);
    }

    [Fact]
    public void A_passive_end_says_nothing_before_it_is_spoken_to()
    {
        BfdPair pair = new(s_fast, s_fast, otherPassive: true) { CutToOther = true };
        pair.Run(3000 * Millisecond);
        pair.PacketsOfOther.ShouldBeEmpty();
        pair.CutToOther = false;
        pair.Run(1500 * Millisecond);
        pair.Other.State.ShouldBe(BfdState.Up);
    }

    [Fact]
    public void An_end_that_is_taken_down_on_purpose_says_so()
    {
        BfdPair pair = new(s_fast, s_fast);
        pair.Run(100 * Millisecond);
        pair.One.SetEnabled(false, pair.Now);
        pair.Run(1 * Millisecond);
        pair.Other.State.ShouldBe(BfdState.Down);
        pair.Other.Diagnostic.ShouldBe(BfdDiagnostic.NeighborSignaledDown);
        pair.Run(3000 * Millisecond);
        pair.One.State.ShouldBe(BfdState.AdminDown);
        pair.Other.State.ShouldBe(BfdState.Down);
        pair.One.SetEnabled(true, pair.Now);
        pair.Run(3000 * Millisecond);
        pair.Other.State.ShouldBe(BfdState.Up);
    }

    [Fact]
    public void A_packet_for_another_session_is_not_taken()
    {
        BfdPair pair = new(s_fast, s_fast);
        pair.Run(100 * Millisecond);
        BfdPacket stray = new(BfdState.Down, BfdDiagnostic.None, false, false, 3, 99, 12, 10_000, 10_000);
        pair.One.Receive(in stray, pair.Now).ShouldBeFalse();
        pair.One.State.ShouldBe(BfdState.Up);
    }

    [Fact]
    public void A_peer_that_wants_no_packets_gets_none()
    {
        BfdPair pair = new(s_fast, s_fast) { CutToOne = true };
        BfdPacket deaf = new(BfdState.Init, BfdDiagnostic.None, false, false, 3, 22, 11, 10_000, 0);
        pair.One.Receive(in deaf, 0);
        pair.Run(20 * Millisecond);
        pair.PacketsOfOne.ShouldBeEmpty();
    }
}
