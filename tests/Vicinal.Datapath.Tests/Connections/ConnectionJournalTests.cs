using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Connections;

public sealed class ConnectionJournalTests
{
    private static readonly ZoneOwner s_owner = new(ZoneOwnerKind.LocalPort, new Guid("11111111-2222-3333-4444-555555555555"));
    private readonly ArrayJournal _journal = new(64);
    private readonly ZoneDirectory _zones = new();
    private readonly ConnectionTracker _tracker;
    private readonly uint _zone;

    public ConnectionJournalTests()
    {
        _tracker = new ConnectionTracker(new ConnectionLimits { Total = 64, PerZone = 32 }, 1, _journal, _zones);
        _zone = _zones.Add(s_owner);
    }

    [Fact]
    public void A_record_is_128_bytes_without_references()
    {
        Unsafe.SizeOf<ConnectionRecord>().ShouldBe(128);
        RuntimeHelpers.IsReferenceOrContainsReferences<ConnectionRecord>().ShouldBeFalse();
    }

    [Fact]
    public void A_connection_is_written_when_it_opens_and_cleared_when_it_ends()
    {
        ConnectionHandle handle = Pass(TrackerHarness.Udp(TrackerHarness.Forward), 5);
        ConnectionRecord record = _journal.Records[handle.Index];
        record.IsSound.ShouldBeTrue();
        record.Owner.ShouldBe(s_owner);
        (record.Original, record.Reply).ShouldBe((_tracker[handle].Original, _tracker[handle].Reply));
        record.Created.ShouldBe(5);
        _tracker.Remove(handle);
        _journal.Records.ShouldAllBe(r => r.IsEmpty);
    }

    [Fact]
    public void What_matters_is_written_as_it_changes_and_nothing_for_each_packet()
    {
        ConnectionHandle handle = Pass(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Syn, 1), 0);
        _journal.Records[handle.Index].TcpState.ShouldBe(TcpState.SynSent);
        Pass(TrackerHarness.Tcp(TrackerHarness.Back, TcpFlags.Syn | TcpFlags.Ack, 1, 2), 1);
        Pass(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack, 2, 2), 2);
        _journal.Records[handle.Index].TcpState.ShouldBe(TcpState.Established);
        _journal.Records[handle.Index].Flags.ShouldBe(ConnectionFlags.Answered);
        int writes = _journal.Writes;
        for (int i = 0; i < 100; i++)
        {
            Pass(TrackerHarness.Tcp(i % 2 == 0 ? TrackerHarness.Forward : TrackerHarness.Back, TcpFlags.Ack, 2, 2), 3 + i);
        }

        _journal.Writes.ShouldBe(writes);
        Pass(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Fin | TcpFlags.Ack, 2, 2), 200);
        _journal.Records[handle.Index].TcpState.ShouldBe(TcpState.FinWait);
    }

    [Fact]
    public void A_torn_record_is_not_sound_wherever_it_was_torn()
    {
        ConnectionHandle handle = Pass(TrackerHarness.Udp(TrackerHarness.Forward), 5);
        ConnectionRecord whole = _journal.Records[handle.Index];
        ConnectionHandle other = Pass(TrackerHarness.Udp(TrackerHarness.Forward6, 7, 9), 6);
        ConnectionRecord before = _journal.Records[other.Index];
        for (int at = 1; at < ConnectionRecord.Size; at++)
        {
            ConnectionRecord torn = before;
            Bytes(ref whole)[..at].CopyTo(Bytes(ref torn));
            bool same = Bytes(ref torn).SequenceEqual(Bytes(ref whole)) || Bytes(ref torn).SequenceEqual(Bytes(ref before));
            torn.IsSound.ShouldBe(same, $"torn at {at}");
        }

        Seeds.Run(1000, random =>
        {
            ConnectionRecord garbage = default;
            random.NextBytes(Bytes(ref garbage));
            garbage.IsSound.ShouldBeFalse();
        });
        default(ConnectionRecord).IsSound.ShouldBeFalse();
    }

    [Fact]
    public void A_restored_connection_has_its_tuples_state_and_age_and_its_rules_are_asked_again()
    {
        Handshake();
        ConnectionRecord record = _journal.Sound.ShouldHaveSingleItem();
        ConnectionTracker next = new(new ConnectionLimits { Total = 64 }, 9);
        ConnectionHandle handle = next.Restore(in record, 3, 50_000, out DropReason refusal);
        refusal.ShouldBe(DropReason.None);
        Connection connection = next[handle];
        (connection.Original, connection.Reply).ShouldBe((record.Original, record.Reply));
        (connection.TcpState, connection.Created, connection.IsAnswered).ShouldBe((TcpState.Established, 0, true));
        connection.IsSettled.ShouldBeTrue();
        connection.PolicyGeneration.ShouldBe(ConnectionTracker.UnaskedPolicy);
        next.Restore(in record, 3, 50_000, out refusal).IsNone.ShouldBeTrue();
        refusal.ShouldBe(DropReason.InvalidConnectionState);

        // A day later it is still there: established TCP keeps its long timeout.
        next.Expire(50_000 + 86_400_000, 1000);
        next.IsLive(handle).ShouldBeTrue();
    }

    [Fact]
    public void A_reset_outside_of_windows_that_nobody_knows_is_doubted_and_not_refused()
    {
        Handshake();
        ConnectionRecord record = _journal.Sound.ShouldHaveSingleItem();
        ConnectionTracker next = new(new ConnectionLimits { Total = 64 }, 9);
        next.Restore(in record, 3, 0, out _);
        byte[] reset = TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Rst, 900_000_000);
        next.Look(3, TrackerHarness.Parse(reset), reset, 1).State.ShouldBe(ConnectionState.Established);
    }

    [Fact]
    public void A_limit_or_a_taken_reply_refuses_a_restored_connection()
    {
        Handshake();
        ConnectionRecord record = _journal.Sound.ShouldHaveSingleItem();
        ConnectionTracker full = new(new ConnectionLimits { Total = 64, PerZone = 1 }, 9);
        ConnectionTuple other = new(IpAddress.Parse("10.9.0.1"), record.ReplySource, 1, 80, IpProtocol.Tcp);
        ConnectionTuple answer = record.Reply;
        full.Commit(3, in other, in answer, default, 0, out _).IsNone.ShouldBeFalse();
        full.Restore(in record, 3, 0, out DropReason refusal).IsNone.ShouldBeTrue();
        refusal.ShouldBe(DropReason.NatExhausted);
        full.Restore(in record, 4, 0, out refusal).IsNone.ShouldBeFalse();
        ConnectionRecord reversed = record with { OriginalSourcePort = 9, ReplyDestinationPort = 9 };
        full.Restore(in reversed, 4, 0, out refusal).IsNone.ShouldBeTrue();
        refusal.ShouldBe(DropReason.ConnectionLimit);
    }

    private static Span<byte> Bytes(ref ConnectionRecord record) => MemoryMarshal.AsBytes(new Span<ConnectionRecord>(ref record));

    private void Handshake()
    {
        Pass(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Syn, 1), 0);
        Pass(TrackerHarness.Tcp(TrackerHarness.Back, TcpFlags.Syn | TcpFlags.Ack, 1, 2), 1);
        Pass(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack, 2, 2), 2);
    }

    private ConnectionHandle Pass(byte[] frame, long now)
    {
        PacketHeaders h = TrackerHarness.Parse(frame);
        ConnectionVerdict verdict = _tracker.Look(_zone, in h, frame, now);
        ConnectionHandle handle = verdict.Connection;
        if (verdict.State == ConnectionState.New)
        {
            ConnectionTuple.TryFrom(in h, out ConnectionTuple tuple).ShouldBeTrue();
            handle = _tracker.Commit(_zone, in tuple, tuple.Reversed, default, now, out _);
        }

        _tracker.Note(handle, verdict.IsReply, in h, frame, now);
        return handle;
    }
}
