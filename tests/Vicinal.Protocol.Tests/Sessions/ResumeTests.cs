using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Protocol.Mirror;
using Vicinal.Protocol.Sessions;

namespace Vicinal.Protocol.Tests.Sessions;

public sealed class ResumeTests
{
    private static readonly Guid s_network = Guid.NewGuid();
    private static readonly UnitId s_unit = UnitId.Network(s_network);

    private readonly FakeCloud _cloud = new();
    private readonly FakeAgent _agent = new();

    public ResumeTests()
    {
        _cloud.Subscribe(s_unit);
        for (int i = 0; i < 10; i++)
        {
            Put(i, "c1");
        }
    }

    [Fact]
    public void The_first_subscription_is_answered_with_the_whole_state()
    {
        AgentSession session = Connect();
        session.StatesSent.ShouldBe(1);
        _agent.InForce.Count.ShouldBe(10);
        _agent.Batches.ShouldHaveSingleItem().Revision.ShouldBe(_cloud.Current.Revision);
    }

    [Fact]
    public void A_change_is_sent_as_a_delta()
    {
        AgentSession session = Connect();
        Put(3, "c2");
        session.Mark(s_unit);
        Send(session);
        (session.StatesSent, session.DeltasSent).ShouldBe((1, 1));
        _agent.Batches[^1].Changes.ShouldHaveSingleItem().Row.ShouldBeOfType<EndpointRow>().Host.ShouldBe("c2");
    }

    [Fact]
    public void An_agent_that_comes_back_is_sent_what_it_missed_and_no_more()
    {
        Connect();
        Put(3, "c2");
        Put(4, "c2");
        AgentSession session = Connect();
        (session.StatesSent, session.DeltasSent).ShouldBe((0, 2));
        _agent.Batches[^1].Changes.Count.ShouldBe(2);
        Connect().DeltasSent.ShouldBe(0);
    }

    [Fact]
    public void An_agent_that_missed_more_than_the_history_is_sent_the_whole_state()
    {
        Connect();
        for (int i = 0; i < 5; i++)
        {
            Put(i, "c3");
        }

        AgentSession session = Connect();
        (session.StatesSent, session.DeltasSent).ShouldBe((1, 0));
        _agent.Batches[^1].Changes.Count.ShouldBe(5, "rows that came out the same are no changes");
    }

    [Fact]
    public void A_restarted_server_sends_no_rows_to_an_agent_that_has_them()
    {
        Connect();
        _cloud.Restart();
        AgentSession session = Connect();
        session.StatesSent.ShouldBe(0);
        _agent.Batches[^1].Changes.ShouldBeEmpty();
        _agent.Batches[^1].Renewed.ShouldBe([s_unit]);

        // The new numbers count from here on.
        Put(1, "c9");
        session.Mark(s_unit);
        Send(session);
        (session.StatesSent, session.DeltasSent).ShouldBe((0, 1));
    }

    [Fact]
    public void A_restarted_server_sends_the_state_where_the_rows_differ()
    {
        Connect();
        Put(1, "c9");
        _cloud.Restart();
        Connect().StatesSent.ShouldBe(1);
        _agent.Batches[^1].Changes.ShouldHaveSingleItem().Key.Id.ShouldBe(Port(1));
    }

    [Fact]
    public void A_stream_that_breaks_before_the_barrier_leaves_the_agent_where_it_was()
    {
        Connect();
        Dictionary<(UnitId, RowKey), Row> before = new(_agent.InForce);
        for (int i = 0; i < 5; i++)
        {
            Put(i, "c3");
        }

        AgentSession session = new(_agent.Hello(_cloud.Epoch), _cloud.Epoch);
        session.MarkAll(_cloud.Current);
        _agent.Receive(session.Round(_cloud.Current).First());
        _agent.Mirror.Discard();
        _agent.InForce.ShouldBe(before, ignoreOrder: true);
        Connect();
        _agent.InForce.Values.OfType<EndpointRow>().Count(r => r.Host == "c3").ShouldBe(5);
    }

    [Fact]
    public void A_first_barrier_that_never_came_does_not_make_old_numbers_new()
    {
        Connect();
        Put(1, "c9");
        _cloud.Restart();

        // The stream to the new server breaks at once: what is held is still of the old epoch.
        _ = _agent.Hello(_cloud.Epoch);
        Connect().StatesSent.ShouldBe(1);
        ShouldAgree();
    }

    [Fact]
    public void A_unit_that_is_no_longer_wanted_is_dropped_and_sent_whole_when_wanted_again()
    {
        AgentSession session = Connect();
        _cloud.Unsubscribe(s_unit);
        session.Mark(s_unit);
        Send(session);
        _agent.InForce.ShouldBeEmpty();
        _cloud.Subscribe(s_unit);
        session.Mark(s_unit);
        Send(session);
        session.StatesSent.ShouldBe(2);
        _agent.InForce.Count.ShouldBe(10);
    }

    [Fact]
    public void A_slow_agent_is_sent_the_newest_state_once_and_not_each_change()
    {
        AgentSession session = Connect();
        for (int i = 0; i < 10_000; i++)
        {
            Put(i % 10, $"c{i}");
            session.Mark(s_unit);
        }

        Send(session).ShouldBe(2, "one state and one barrier");
        ShouldAgree();
    }

    [Fact]
    public void An_agent_that_acknowledges_nothing_is_sent_a_few_rounds_and_then_waited_for()
    {
        AgentSession session = Connect();
        int rounds = 0;
        for (int i = 0; i < 100; i++)
        {
            Put(1, $"c{i}");
            session.Mark(s_unit);
            rounds += session.HasWork ? 1 : 0;
            _ = session.HasWork ? session.Round(_cloud.Current).SelectMany(_agent.Receive).ToList() : [];
        }

        rounds.ShouldBe(AgentSession.MaxRounds);
        session.Acknowledge(_agent.Batches[^1].Revision);
        session.HasWork.ShouldBeTrue();
        Send(session).ShouldBe(2, "one state and one barrier bring it to the newest");
        ShouldAgree();
    }

    [Fact]
    public void A_gap_is_noticed_and_filled_with_the_whole_state()
    {
        AgentSession session = Connect();
        Put(1, "c2");
        session.Mark(s_unit);

        // A round is lost, as no stream does; the agent must not build on what it does not have.
        _ = session.Round(_cloud.Current).ToList();
        Put(2, "c2");
        session.Mark(s_unit);
        List<UnitId> gaps = [.. session.Round(_cloud.Current).SelectMany(_agent.Receive)];
        gaps.ShouldBe([s_unit]);
        session.Forget(s_unit);
        Send(session);
        ShouldAgree();
    }

    [Fact]
    public void A_revision_that_needs_nothing_sent_is_still_answered_by_a_barrier()
    {
        AgentSession session = Connect();
        session.HasWork.ShouldBeFalse();
        session.Mark(UnitId.Router(Guid.NewGuid()));
        session.HasWork.ShouldBeTrue();
        Send(session).ShouldBe(1);
        _agent.Batches[^1].Revision.ShouldBe(_cloud.Current.Revision);
    }

    private static Guid Port(int i) => new(i + 1, 0, 0, new byte[8]);

    private void Put(int i, string host)
    {
        EndpointRow row = new(s_network, Port(i), (uint)i, new MacAddress((ulong)i), [], host, AnyAddress: false);
        _cloud.Change(s_unit, new RowChange(s_unit, row.Key, row));
    }

    private AgentSession Connect()
    {
        AgentSession session = new(_agent.Hello(_cloud.Epoch), _cloud.Epoch);
        session.MarkAll(_cloud.Current);
        Send(session);
        return session;
    }

    private int Send(AgentSession session)
    {
        int frames = 0;
        foreach (ReadOnlyMemory<byte> frame in session.Round(_cloud.Current))
        {
            _agent.Receive(frame).ShouldBeEmpty();
            frames++;
        }

        session.Acknowledge(_agent.Batches[^1].Revision);
        return frames;
    }

    private void ShouldAgree()
    {
        _agent.InForce.Values.ShouldBe(_cloud.Current.Unit(s_unit).Rows.Values, ignoreOrder: true);
        MirrorBatch last = _agent.Batches[^1];
        last.Revision.ShouldBe(_cloud.Current.Revision);
    }
}
