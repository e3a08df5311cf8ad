using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;
using static Vicinal.Datapath.Tests.Connections.TrackerHarness;

namespace Vicinal.Datapath.Tests.Connections;

/// <summary>One tenant cannot fill the connection table for others.</summary>
public sealed class ConnectionLimitTests
{
    private readonly TrackerHarness _harness = new(new ConnectionLimits { Total = 300, PerZone = 100, PerProject = 150 });

    [Fact]
    public void A_port_that_reaches_its_limit_takes_nothing_from_others()
    {
        Fill(1, 0, 100).ShouldBe(100);
        Fill(1, 0, 50, 100).ShouldBe(0);
        _harness.Tracker.Refused.ShouldBe(50);
        Fill(2, 0, 100).ShouldBe(100);
        _harness.Tracker.CountIn(1).ShouldBe(100);
    }

    [Fact]
    public void A_project_with_many_ports_reaches_its_limit_over_all_of_them()
    {
        Fill(1, 9, 100).ShouldBe(100);
        Fill(2, 9, 100).ShouldBe(50);
        Fill(3, 8, 100).ShouldBe(100);
        _harness.Tracker.CountOf(9).ShouldBe(150);
        _harness.Tracker.RemoveZone(1);
        _harness.Tracker.CountOf(9).ShouldBe(50);
        Fill(2, 9, 50, 100).ShouldBe(50);
    }

    [Fact]
    public void The_table_as_a_whole_is_bounded_and_works_again_once_there_is_room()
    {
        Fill(1, 0, 100);
        Fill(2, 0, 100);
        Fill(3, 0, 100);
        Fill(4, 0, 1).ShouldBe(0);
        _harness.Tracker.RemoveZone(2);
        Fill(4, 0, 100).ShouldBe(100);
        _harness.Tracker.Count.ShouldBe(300);
    }

    [Fact]
    public void Connections_that_are_over_make_room_in_a_full_zone()
    {
        _harness.Pass(Tcp(Forward, TcpFlags.Syn, 1000), 1);
        _harness.Pass(Tcp(Back, TcpFlags.Rst | TcpFlags.Ack, 0, 1001), 1);
        Fill(1, 0, 99).ShouldBe(99);
        Fill(1, 0, 1, 200).ShouldBe(1);
        _harness.Tracker.CountIn(1).ShouldBe(100);
    }

    [Fact]
    public void A_packet_that_would_be_its_own_answer_opens_nothing()
    {
        ConnectionTuple land = new(Forward.Source, Forward.Source, 80, 80, IpProtocol.Udp);
        _harness.Tracker.Commit(Zone, in land, land.Reversed, default, _harness.Now, out DropReason refusal).IsNone.ShouldBeTrue();
        refusal.ShouldBe(DropReason.InvalidConnectionState);
    }

    [Fact]
    public void Two_packets_of_one_batch_open_one_connection()
    {
        ConnectionTuple tuple = new(Forward.Source, Forward.Destination, 1, 2, IpProtocol.Udp);
        ConnectionHandle first = _harness.Tracker.Commit(Zone, in tuple, tuple.Reversed, default, _harness.Now, out _);
        _harness.Tracker.Commit(Zone, in tuple, tuple.Reversed, default, _harness.Now, out _).ShouldBe(first);
        _harness.Tracker.Count.ShouldBe(1);
    }

    /// <returns>How many of the connections were taken.</returns>
    private int Fill(uint zone, uint project, int count, int firstPort = 0)
    {
        int taken = 0;
        for (int i = 0; i < count; i++)
        {
            ConnectionTuple tuple = new(Forward.Source, Forward.Destination, (ushort)(firstPort + i), 53, IpProtocol.Udp);
            ConnectionHandle handle = _harness.Tracker.Commit(
                zone, in tuple, tuple.Reversed, new CommitInfo(Project: project), _harness.Now, out DropReason refusal);
            refusal.ShouldBe(handle.IsNone ? DropReason.ConnectionLimit : DropReason.None);
            taken += handle.IsNone ? 0 : 1;
        }

        return taken;
    }
}
