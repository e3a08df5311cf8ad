using Vicinal.Datapath.Connections;
using Vicinal.Packets;
using static Vicinal.Datapath.Tests.Connections.TrackerHarness;

namespace Vicinal.Datapath.Tests.Connections;

public sealed class TcpTrackingTests
{
    private readonly TrackerHarness _harness = new();

    [Fact]
    public void A_connection_is_followed_from_its_first_to_its_last_packet()
    {
        (FrameEnds Ends, TcpFlags Flags, uint Sequence, uint Acknowledgment, TcpState After)[] script =
        [
            (Forward, TcpFlags.Syn, 1000, 0, TcpState.SynSent),
            (Back, TcpFlags.Syn | TcpFlags.Ack, 5000, 1001, TcpState.SynReceived),
            (Forward, TcpFlags.Ack, 1001, 5001, TcpState.Established),
            (Forward, TcpFlags.Ack | TcpFlags.Psh, 1001, 5001, TcpState.Established),
            (Forward, TcpFlags.Fin | TcpFlags.Ack, 1001, 5001, TcpState.FinWait),
            (Back, TcpFlags.Ack, 5001, 1002, TcpState.CloseWait),
            (Back, TcpFlags.Fin | TcpFlags.Ack, 5001, 1002, TcpState.LastAck),
            (Forward, TcpFlags.Ack, 1002, 5002, TcpState.TimeWait),
        ];
        foreach ((FrameEnds ends, TcpFlags flags, uint sequence, uint acknowledgment, TcpState after) in script)
        {
            byte[] frame = Tcp(ends, flags, sequence, acknowledgment);
            ConnectionVerdict verdict = _harness.Pass(frame);
            verdict.IsReply.ShouldBe(ends == Back);
            _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).TcpState.ShouldBe(after);
        }
    }

    [Fact]
    public void Only_a_connection_that_both_sides_agreed_to_is_settled()
    {
        _harness.Pass(Tcp(Forward, TcpFlags.Syn, 1000));
        _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).IsSettled.ShouldBeFalse();
        _harness.Pass(Tcp(Back, TcpFlags.Syn | TcpFlags.Ack, 5000, 1001));
        _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).IsSettled.ShouldBeFalse();
        _harness.Pass(Tcp(Forward, TcpFlags.Ack, 1001, 5001));
        _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).IsSettled.ShouldBeTrue();
        _harness.Pass(Tcp(Back, TcpFlags.Fin | TcpFlags.Ack, 5001, 1001));
        _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).IsSettled.ShouldBeFalse();
    }

    [Theory]
    [InlineData(TcpFlags.None)]
    [InlineData(TcpFlags.Syn | TcpFlags.Fin)]
    [InlineData(TcpFlags.Syn | TcpFlags.Rst)]
    [InlineData(TcpFlags.Fin)]
    [InlineData(TcpFlags.Fin | TcpFlags.Psh | TcpFlags.Urg)]
    public void Flags_that_no_stack_sends_are_invalid_even_on_a_connection(TcpFlags flags)
    {
        _harness.Look(Tcp(Forward, flags)).State.ShouldBe(ConnectionState.Invalid);
        _harness.Handshake();
        _harness.Look(Tcp(Forward, flags)).State.ShouldBe(ConnectionState.Invalid);
    }

    [Theory]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack)]
    [InlineData(TcpFlags.Rst)]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack)]
    [InlineData(TcpFlags.Fin | TcpFlags.Ack)]
    public void An_answer_or_an_end_without_a_connection_is_invalid(TcpFlags flags) =>
        _harness.Look(Tcp(Forward, flags)).State.ShouldBe(ConnectionState.Invalid);

    [Fact]
    public void Data_without_a_connection_picks_it_up_in_mid_stream_and_is_marked()
    {
        ConnectionVerdict verdict = _harness.Pass(Tcp(Forward, TcpFlags.Ack, 1, 1, 10));
        verdict.State.ShouldBe(ConnectionState.New);
        verdict.MidStream.ShouldBeTrue();
        Connection connection = _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack));
        connection.TcpState.ShouldBe(TcpState.Established);
        connection.Flags.ShouldBe(ConnectionFlags.MidStream);
    }

    [Fact]
    public void Where_mid_stream_pickup_is_off_such_data_is_invalid()
    {
        TrackerHarness strict = new(new ConnectionLimits { Total = 16, PickUpMidStream = false });
        strict.Look(Tcp(Forward, TcpFlags.Ack, 1, 1, 10)).State.ShouldBe(ConnectionState.Invalid);
        strict.Look(Tcp(Forward, TcpFlags.Syn)).State.ShouldBe(ConnectionState.New);
    }

    [Fact]
    public void A_reset_outside_the_window_is_invalid_and_ends_nothing()
    {
        _harness.Handshake(1000, 5000);
        byte[] blind = Tcp(Back, TcpFlags.Rst, 900_000);
        _harness.Look(blind).State.ShouldBe(ConnectionState.Invalid);
        _harness.Pass(Tcp(Back, TcpFlags.Rst, 5001)).State.ShouldBe(ConnectionState.Established);
        _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).TcpState.ShouldBe(TcpState.Close);
    }

    [Fact]
    public void A_refused_connection_ends_only_by_a_reset_that_acknowledges_its_syn()
    {
        _harness.Pass(Tcp(Forward, TcpFlags.Syn, 1000));
        _harness.Look(Tcp(Back, TcpFlags.Rst | TcpFlags.Ack, 0, 4242)).State.ShouldBe(ConnectionState.Invalid);
        _harness.Look(Tcp(Back, TcpFlags.Rst, 0)).State.ShouldBe(ConnectionState.Invalid);
        _harness.Pass(Tcp(Back, TcpFlags.Rst | TcpFlags.Ack, 0, 1001)).State.ShouldBe(ConnectionState.Established);
        _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).TcpState.ShouldBe(TcpState.Close);
    }

    [Fact]
    public void A_window_is_scaled_as_its_side_said()
    {
        byte[] scale = [3, 3, 7, 1];
        TcpHeader syn = new() { SourcePort = 40000, DestinationPort = 80, Flags = TcpFlags.Syn, Sequence = 1000, Window = 1000 };
        _harness.Pass(PacketBuilder.Tcp(Forward, syn, [], options: scale));
        _harness.Pass(Tcp(Back, TcpFlags.Syn | TcpFlags.Ack, 5000, 1001));
        _harness.Pass(Tcp(Forward, TcpFlags.Ack, 1001, 5001));
        _harness.Look(Tcp(Back, TcpFlags.Rst, 5001 + 127_000)).State.ShouldBe(ConnectionState.Established);
        _harness.Look(Tcp(Back, TcpFlags.Rst, 5001 + 129_000)).State.ShouldBe(ConnectionState.Invalid);
    }

    [Fact]
    public void A_reset_that_cannot_be_judged_is_disproved_by_both_sides_going_on()
    {
        ConnectionHandle handle = _harness.Handshake();
        _harness.Tracker.NoteCached(handle);
        _harness.Pass(Tcp(Back, TcpFlags.Rst, 900_000)).State.ShouldBe(ConnectionState.Established);
        _harness.Tracker[handle].TcpState.ShouldBe(TcpState.Close);
        _harness.Pass(Tcp(Forward, TcpFlags.Ack, 2000, 6000));
        _harness.Tracker[handle].TcpState.ShouldBe(TcpState.Close);
        _harness.Pass(Tcp(Back, TcpFlags.Ack, 6000, 2000));
        _harness.Tracker[handle].TcpState.ShouldBe(TcpState.Established);
    }

    [Fact]
    public void A_connection_picked_up_in_mid_stream_survives_a_forged_reset_too()
    {
        _harness.Pass(Tcp(Forward, TcpFlags.Ack, 1, 1, 10));
        ConnectionHandle handle = _harness.Look(Tcp(Forward, TcpFlags.Ack)).Connection;
        _harness.Pass(Tcp(Back, TcpFlags.Rst, 900_000));
        _harness.Pass(Tcp(Forward, TcpFlags.Ack, 11, 1, 10));
        _harness.Pass(Tcp(Back, TcpFlags.Ack, 1, 21));
        _harness.Tracker[handle].TcpState.ShouldBe(TcpState.Established);
    }

    [Fact]
    public void After_a_true_reset_the_entry_dies_within_seconds_although_late_data_arrives()
    {
        ConnectionHandle handle = _harness.Handshake();
        _harness.Tracker.NoteCached(handle);
        _harness.Pass(Tcp(Back, TcpFlags.Rst, 5001));
        _harness.Pass(Tcp(Forward, TcpFlags.Ack, 1001, 5001, 100));
        _harness.Pass(Tcp(Back, TcpFlags.Rst, 5001));
        _harness.Now += 11_000;
        _harness.Tracker.Expire(_harness.Now, 100);
        _harness.Tracker.IsLive(handle).ShouldBeFalse();
    }

    [Fact]
    public void A_syn_takes_the_place_of_a_connection_that_is_over()
    {
        ConnectionHandle old = _harness.Handshake();
        _harness.Pass(Tcp(Forward, TcpFlags.Fin | TcpFlags.Ack, 1001, 5001));
        _harness.Pass(Tcp(Back, TcpFlags.Fin | TcpFlags.Ack, 5001, 1002));
        _harness.Pass(Tcp(Forward, TcpFlags.Ack, 1002, 5002));
        ConnectionVerdict again = _harness.Pass(Tcp(Forward, TcpFlags.Syn, 9000));
        again.State.ShouldBe(ConnectionState.New);
        _harness.Tracker.IsLive(old).ShouldBeFalse();
        _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).TcpState.ShouldBe(TcpState.SynSent);
        _harness.Tracker.Count.ShouldBe(1);
    }

    [Fact]
    public void A_syn_on_a_living_connection_changes_nothing()
    {
        ConnectionHandle handle = _harness.Handshake();
        _harness.Pass(Tcp(Forward, TcpFlags.Syn, 77)).State.ShouldBe(ConnectionState.Established);
        _harness.Tracker[handle].TcpState.ShouldBe(TcpState.Established);
    }

    [Fact]
    public void Both_sides_may_open_at_once()
    {
        _harness.Pass(Tcp(Forward, TcpFlags.Syn, 1000));
        _harness.Pass(Tcp(Back, TcpFlags.Syn, 5000));
        _harness.Pass(Tcp(Back, TcpFlags.Syn | TcpFlags.Ack, 5000, 1001));
        _harness.Pass(Tcp(Forward, TcpFlags.Ack, 1001, 5001));
        _harness.ConnectionOf(Tcp(Forward, TcpFlags.Ack)).TcpState.ShouldBe(TcpState.Established);
    }
}
