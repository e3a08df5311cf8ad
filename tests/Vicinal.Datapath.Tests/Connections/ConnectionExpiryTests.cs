using Vicinal.Datapath.Connections;
using Vicinal.Packets;
using static Vicinal.Datapath.Tests.Connections.TrackerHarness;

namespace Vicinal.Datapath.Tests.Connections;

public sealed class ConnectionExpiryTests
{
    private readonly TrackerHarness _harness = new();

    [Fact]
    public void Unanswered_udp_is_forgotten_after_30_seconds_and_answered_udp_after_120()
    {
        _harness.Pass(Udp(Forward, 1, 53));
        _harness.Pass(Udp(Forward, 2, 53));
        _harness.Pass(Udp(Back, 53, 2));
        Wait(29_900);
        _harness.Look(Udp(Back, 53, 1)).State.ShouldBe(ConnectionState.Established);
        Wait(101);
        _harness.Look(Udp(Back, 53, 1)).State.ShouldBe(ConnectionState.New);
        _harness.Look(Udp(Back, 53, 2)).IsReply.ShouldBeTrue();
        Wait(600);
        _harness.Tracker.Count.ShouldBe(1);
        Wait(90_000);
        _harness.Tracker.Count.ShouldBe(0);
    }

    [Fact]
    public void Each_packet_gives_a_connection_its_whole_time_again()
    {
        _harness.Pass(Udp(Forward));
        for (int i = 0; i < 20; i++)
        {
            Wait(25_000);
            _harness.Pass(Udp(Forward)).State.ShouldBe(ConnectionState.Established);
        }
    }

    [Fact]
    public void An_established_tcp_connection_lives_for_five_days_of_silence_and_no_longer()
    {
        ConnectionHandle handle = _harness.Handshake();
        for (int hour = 0; hour < 119; hour++)
        {
            Wait(3_600_000);
        }

        _harness.Tracker.IsLive(handle).ShouldBeTrue();
        Wait(3_601_000);
        _harness.Tracker.IsLive(handle).ShouldBeFalse();
    }

    [Fact]
    public void A_jump_of_the_clock_over_many_rounds_of_the_wheel_expires_all()
    {
        for (ushort port = 1; port <= 50; port++)
        {
            _harness.Pass(Udp(Forward, port));
        }

        Wait(100_000_000);
        _harness.Tracker.Count.ShouldBe(0);
        _harness.Pass(Udp(Forward)).State.ShouldBe(ConnectionState.New);
        Wait(31_000);
        _harness.Tracker.Count.ShouldBe(0);
    }

    [Fact]
    public void One_call_does_no_more_than_its_budget()
    {
        for (ushort port = 1; port <= 100; port++)
        {
            _harness.Pass(Udp(Forward, port));
        }

        _harness.Now += 60_000;
        _harness.Tracker.Expire(_harness.Now, 30).ShouldBe(30);
        _harness.Tracker.Expire(_harness.Now, 30).ShouldBe(30);
        _harness.Tracker.Expire(_harness.Now, 1000).ShouldBe(40);
    }

    [Fact]
    public void A_cached_flow_in_use_keeps_its_connection_and_falls_with_it()
    {
        ReportedFlows flows = new();
        _harness.Tracker.Flows = flows;
        _harness.Pass(Udp(Forward));
        ConnectionHandle handle = _harness.Look(Udp(Forward)).Connection;
        for (int i = 0; i < 10; i++)
        {
            flows.LastUse = _harness.Now;
            Wait(29_000);
            _harness.Tracker.IsLive(handle).ShouldBeTrue();
            _harness.Look(Udp(Forward)).State.ShouldBe(ConnectionState.Established);
        }

        flows.Removed.ShouldBeEmpty();
        Wait(31_000);
        _harness.Tracker.IsLive(handle).ShouldBeFalse();
        flows.Removed.ShouldBe([handle]);
    }

    [Fact]
    public void A_handle_kept_beyond_its_connection_is_known_to_be_stale()
    {
        _harness.Pass(Udp(Forward, 1));
        ConnectionHandle old = _harness.Look(Udp(Forward, 1)).Connection;
        _harness.Tracker.Remove(old);
        _harness.Pass(Udp(Forward, 2));
        ConnectionHandle tenant = _harness.Look(Udp(Forward, 2)).Connection;
        tenant.Index.ShouldBe(old.Index);
        _harness.Tracker.IsLive(old).ShouldBeFalse();
        _harness.Tracker.NoteTraffic(old, false, 1, 1, _harness.Now);
        _harness.Tracker[tenant].OriginalPackets.ShouldBe(1);
    }

    [Fact]
    public void Zones_are_apart_and_go_as_one()
    {
        _harness.Pass(Udp(Forward), 1);
        _harness.Look(Udp(Back, 53, 40000), 2).State.ShouldBe(ConnectionState.New);
        _harness.Pass(Udp(Forward), 2);
        _harness.Pass(Udp(Forward, 9), 2);
        _harness.Tracker.InZone(2).Count().ShouldBe(2);
        _harness.Tracker.RemoveZone(2);
        _harness.Tracker.InZone(2).ShouldBeEmpty();
        _harness.Tracker.All().Count().ShouldBe(1);
        _harness.Look(Udp(Back, 53, 40000), 1).State.ShouldBe(ConnectionState.Established);
    }

    [Fact]
    public void Counters_say_what_went_in_each_direction()
    {
        byte[] there = Udp(Forward);
        byte[] back = Udp(Back, 53, 40000);
        _harness.Pass(there);
        _harness.Pass(there);
        _harness.Pass(back);
        ConnectionHandle handle = _harness.Look(there).Connection;
        _harness.Tracker.NoteTraffic(handle, true, 10, 1000, _harness.Now);
        Connection connection = _harness.Tracker[handle];
        connection.OriginalPackets.ShouldBe(2);
        connection.OriginalBytes.ShouldBe(2 * (there.Length - EthernetHeader.Size));
        connection.ReplyPackets.ShouldBe(11);
        connection.ReplyBytes.ShouldBe(1000 + back.Length - EthernetHeader.Size);
    }

    private void Wait(long milliseconds)
    {
        _harness.Now += milliseconds;
        _harness.Tracker.Expire(_harness.Now, int.MaxValue);
    }

    private sealed class ReportedFlows : IConnectionFlows
    {
        public long LastUse { get; set; } = long.MinValue;

        public List<ConnectionHandle> Removed { get; } = [];

        public long LastUsed(ConnectionHandle connection, long now) => LastUse;

        public void RemoveConnection(ConnectionHandle connection) => Removed.Add(connection);
    }
}
