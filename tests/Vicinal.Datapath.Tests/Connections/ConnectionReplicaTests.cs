using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Connections;

/// <summary>Two trackers of one router's zone: what one is told of the other's connections.</summary>
public sealed class ConnectionReplicaTests
{
    private static readonly ZoneOwner s_router = new(ZoneOwnerKind.Router, new Guid("11111111-2222-3333-4444-666666666666"));
    private static readonly ConnectionTimeouts s_timeouts = new();

    private readonly Side _active;
    private readonly Side _standby;
    private long _now = 1_000_000;

    public ConnectionReplicaTests()
    {
        _standby = new Side(null, new ArrayJournal(64));
        _active = new Side(_standby, new ArrayJournal(64));
        _active.Tracker.SetRole(_active.Zone, ZoneRole.Active, _now);
        _standby.Tracker.SetRole(_standby.Zone, ZoneRole.Standby, _now);
    }

    [Fact]
    public void Births_changes_and_ends_are_told_and_no_packets()
    {
        ConnectionHandle handle = Pass(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Syn, 1));
        OnStandby().TcpState.ShouldBe(TcpState.SynSent);
        Pass(TrackerHarness.Tcp(TrackerHarness.Back, TcpFlags.Syn | TcpFlags.Ack, 1, 2));
        Pass(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack, 2, 2));
        (OnStandby().TcpState, OnStandby().IsAnswered).ShouldBe((TcpState.Established, true));
        int told = _standby.Told;
        for (int i = 0; i < 50; i++)
        {
            Pass(TrackerHarness.Tcp(i % 2 == 0 ? TrackerHarness.Forward : TrackerHarness.Back, TcpFlags.Ack, 2, 2));
        }

        _standby.Told.ShouldBe(told);
        _active.Tracker.Remove(handle);
        _standby.Tracker.Count.ShouldBe(0);
        _standby.Journal.Sound.ShouldBeEmpty();
    }

    [Fact]
    public void A_replica_is_written_to_the_standbys_journal()
    {
        Pass(TrackerHarness.Udp(TrackerHarness.Forward));
        ConnectionRecord record = _standby.Journal.Sound.ShouldHaveSingleItem();
        (record.Owner, record.Original).ShouldBe((s_router, OnStandby().Original));
    }

    [Fact]
    public void A_replica_outlives_its_time_while_it_lasts_on_the_other_node()
    {
        Pass(TrackerHarness.Udp(TrackerHarness.Forward));
        Pass(TrackerHarness.Udp(TrackerHarness.Back, 53, 40000));
        for (int i = 0; i < 100; i++)
        {
            // Nothing about it changes for hours.
            Pass(TrackerHarness.Udp(TrackerHarness.Forward));
            Pass(TrackerHarness.Udp(TrackerHarness.Back, 53, 40000));
            Advance(100_000);
        }

        _standby.Tracker.Count.ShouldBe(1);
        _standby.Told.ShouldBeLessThan(110, "about once in its timeout");
    }

    [Fact]
    public void A_replica_that_nobody_speaks_of_any_more_is_forgotten_in_the_end()
    {
        Pass(TrackerHarness.Udp(TrackerHarness.Forward));
        _active.To = null;
        Advance(s_timeouts.Udp + ConnectionTracker.ReplicaGrace - 1000);
        _active.Tracker.Count.ShouldBe(0);
        _standby.Tracker.Count.ShouldBe(1);
        Advance(3000);
        _standby.Tracker.Count.ShouldBe(0);
    }

    [Fact]
    public void Whoever_takes_over_gives_each_connection_its_whole_time_again()
    {
        Pass(TrackerHarness.Udp(TrackerHarness.Forward));
        _active.To = null;
        Advance(5 * s_timeouts.Udp);
        _standby.Tracker.SetRole(_standby.Zone, ZoneRole.Active, _now);
        Advance(s_timeouts.Udp - 1000);
        _standby.Look(TrackerHarness.Udp(TrackerHarness.Forward), _now).State.ShouldBe(ConnectionState.Established);
        Advance(ConnectionTracker.ReplicaGrace);
        _standby.Tracker.Count.ShouldBe(0);
    }

    [Fact]
    public void A_full_set_ends_what_it_does_not_name()
    {
        ConnectionHandle first = Pass(TrackerHarness.Udp(TrackerHarness.Forward, 1));
        Pass(TrackerHarness.Udp(TrackerHarness.Forward, 2));
        Side to = _active.To!;
        _active.To = null;
        _active.Tracker.Remove(first);
        Pass(TrackerHarness.Udp(TrackerHarness.Forward, 3));
        _active.To = to;

        _standby.Tracker.BeginReplicas(_standby.Zone);
        _active.Tracker.ReplicateAll(_active.Zone, _active);
        Pass(TrackerHarness.Udp(TrackerHarness.Forward, 4));
        _standby.Tracker.Count.ShouldBe(4);
        _standby.Tracker.EndReplicas(_standby.Zone);
        _standby.Ports.ShouldBe([2, 3, 4], ignoreOrder: true);
    }

    [Fact]
    public void A_full_set_that_a_takeover_cuts_short_ends_nothing()
    {
        Pass(TrackerHarness.Udp(TrackerHarness.Forward, 1));
        _standby.Tracker.BeginReplicas(_standby.Zone);
        _standby.Tracker.SetRole(_standby.Zone, ZoneRole.Active, _now);
        _standby.Tracker.EndReplicas(_standby.Zone);
        _standby.Tracker.Count.ShouldBe(1);
    }

    [Fact]
    public void The_word_of_who_serves_takes_the_place_of_what_is_older()
    {
        Pass(TrackerHarness.Udp(TrackerHarness.Forward, 1), port: 7001);
        Side to = _active.To!;
        _active.To = null;
        _active.Tracker.RemoveZone(_active.Zone);
        _active.To = to;
        Pass(TrackerHarness.Udp(TrackerHarness.Forward, 2), port: 7001);
        _standby.Ports.ShouldBe([2]);
        Pass(TrackerHarness.Udp(TrackerHarness.Forward, 1), port: 7002);
        _standby.Ports.ShouldBe([1, 2], ignoreOrder: true);
    }

    [Fact]
    public void Late_words_to_a_node_that_serves_add_and_change_nothing_else()
    {
        ConnectionHandle known = Pass(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Syn, 1));
        _standby.Tracker.SetRole(_standby.Zone, ZoneRole.Active, _now);
        Pass(TrackerHarness.Tcp(TrackerHarness.Back, TcpFlags.Syn | TcpFlags.Ack, 1, 2));
        OnStandby().TcpState.ShouldBe(TcpState.SynSent, "this node saw no answer");
        Pass(TrackerHarness.Udp(TrackerHarness.Forward, 9));
        _standby.Tracker.Count.ShouldBe(2);
        _active.Tracker.Remove(known);
        _standby.Tracker.Count.ShouldBe(2);
    }

    [Fact]
    public void What_two_nodes_tell_each_other_is_there_once()
    {
        _standby.To = _active;
        _standby.Now = _now;
        for (ushort port = 1; port < 10; port++)
        {
            Pass(TrackerHarness.Udp(TrackerHarness.Forward, port));
        }

        for (int i = 0; i < 3; i++)
        {
            _active.Tracker.SetRole(_active.Zone, ZoneRole.Standby, _now);
            _standby.Tracker.SetRole(_standby.Zone, ZoneRole.Active, _now);
            _active.Tracker.BeginReplicas(_active.Zone);
            _standby.Tracker.ReplicateAll(_standby.Zone, _standby);
            _active.Tracker.EndReplicas(_active.Zone);
            _standby.Tracker.SetRole(_standby.Zone, ZoneRole.Standby, _now);
            _active.Tracker.SetRole(_active.Zone, ZoneRole.Active, _now);
            _standby.Tracker.BeginReplicas(_standby.Zone);
            _active.Tracker.ReplicateAll(_active.Zone, _active);
            _standby.Tracker.EndReplicas(_standby.Zone);
        }

        _active.Ports.ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        _standby.Ports.ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9], ignoreOrder: true);
    }

    [Fact]
    public void A_standby_that_is_full_keeps_what_it_has()
    {
        Side small = new(null, new ArrayJournal(64), 3);
        small.Tracker.SetRole(small.Zone, ZoneRole.Standby, _now);
        _active.To = small;
        for (ushort port = 1; port < 10; port++)
        {
            Pass(TrackerHarness.Udp(TrackerHarness.Forward, port));
        }

        small.Ports.ShouldBe([1, 2, 3]);
        small.Refused.ShouldBe(6);
        _active.Tracker.Count.ShouldBe(9);
    }

    private ConnectionHandle Pass(byte[] frame, ushort port = 0)
    {
        _active.Now = _now;
        return _active.Pass(frame, port, _now);
    }

    private Connection OnStandby() => _standby.Tracker[_standby.Tracker.InZone(_standby.Zone).First()];

    private void Advance(long milliseconds)
    {
        for (long end = _now + milliseconds; _now < end;)
        {
            _now = Math.Min(end, _now + 500);
            _active.Now = _now;
            _active.Tracker.Expire(_now, 1000);
            _standby.Tracker.Expire(_now, 1000);
        }
    }

    /// <summary>One node's tracker; what it says goes to the other.</summary>
    private sealed class Side : IConnectionReplicas
    {
        private readonly ZoneDirectory _zones = new();

        public Side(Side? to, ArrayJournal journal, int total = 64)
        {
            To = to;
            Journal = journal;
            Tracker = new ConnectionTracker(new ConnectionLimits { Total = total }, 1, journal, _zones, this);

            // Numbers of zones mean nothing on other nodes.
            _zones.Add(default);
            Zone = _zones.Add(s_router);
        }

        public ConnectionTracker Tracker { get; }

        public ArrayJournal Journal { get; }

        public uint Zone { get; }

        public Side? To { get; set; }

        public long Now { get; set; }

        public int Told { get; private set; }

        public int Refused { get; private set; }

        public IEnumerable<int> Ports => Tracker.InZone(Zone).Select(h => (int)Tracker[h].Original.SourcePort);

        public ConnectionVerdict Look(byte[] frame, long now) => Tracker.Look(Zone, TrackerHarness.Parse(frame), frame, now);

        public ConnectionHandle Pass(byte[] frame, ushort port, long now)
        {
            PacketHeaders h = TrackerHarness.Parse(frame);
            ConnectionVerdict verdict = Tracker.Look(Zone, in h, frame, now);
            ConnectionHandle handle = verdict.Connection;
            if (verdict.State == ConnectionState.New)
            {
                ConnectionTuple.TryFrom(in h, out ConnectionTuple tuple).ShouldBeTrue();
                ConnectionTuple reply = tuple.Reversed;
                handle = Tracker.Commit(Zone, in tuple, port == 0 ? reply : reply with { DestinationPort = port }, default, now, out DropReason refusal);
                refusal.ShouldBe(DropReason.None);
            }

            Tracker.Note(handle, verdict.IsReply, in h, frame, now);
            return handle;
        }

        public void Put(in ConnectionRecord record)
        {
            if (To is { } to)
            {
                to.Told++;
                to.Refused += to.Tracker.PutReplica(in record, to.Zone, Now) ? 0 : 1;
            }
        }

        public void Remove(in ConnectionRecord record)
        {
            if (To is { } to)
            {
                to.Tracker.RemoveReplica(in record, to.Zone);
            }
        }
    }
}
