using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Connections;

/// <summary>Random sequences on the tracker and on a plain list that does the same slowly.</summary>
public sealed class ConnectionModelTests
{
    private const int Timeout = 30_000;

    [Fact]
    public void The_tracker_agrees_with_a_naive_model_after_every_step() => Seeds.Run(20, random =>
    {
        ConnectionTracker tracker = new(new ConnectionLimits { Total = 64, PerZone = 40, Timeouts = new() { UdpStream = Timeout } }, (ulong)random.NextInt64());
        List<ModelConnection> model = [];
        long now = 5_000_000;
        for (int step = 0; step < 3000; step++)
        {
            uint zone = (uint)random.Next(3);
            ConnectionTuple tuple = AnyTuple(random);
            switch (random.Next(6))
            {
                case 0 or 1:
                    Commit(tracker, model, zone, tuple, random.Next(3) == 0 ? AnyTuple(random) : tuple.Reversed, now);
                    break;
                case 2:
                    Note(tracker, model, zone, tuple, now);
                    break;
                case 3:
                    now += random.Next(8000);
                    model.RemoveAll(c => c.Deadline <= now);
                    tracker.Expire(now + 1000, int.MaxValue);
                    now += 1000;
                    model.RemoveAll(c => c.Deadline <= now);
                    tracker.Expire(now, int.MaxValue);
                    break;
                case 4 when random.Next(20) == 0:
                    tracker.RemoveZone(zone);
                    model.RemoveAll(c => c.Zone == zone);
                    break;
                default:
                    Compare(tracker, model, zone, tuple, now);
                    break;
            }

            tracker.Count.ShouldBeGreaterThanOrEqualTo(model.Count);
        }
    });

    private static ConnectionTuple AnyTuple(Random random) => new(
        IpAddress.FromIpv4(0x0A000001 + (uint)random.Next(3)),
        IpAddress.FromIpv4(0x0A000001 + (uint)random.Next(3)),
        (ushort)random.Next(1, 4),
        (ushort)random.Next(1, 4),
        IpProtocol.Udp);

    private static ModelConnection? Holder(List<ModelConnection> model, uint zone, ConnectionTuple tuple) =>
        model.Find(c => c.Zone == zone && (c.Original == tuple || c.Reply == tuple));

    private static void Commit(
        ConnectionTracker tracker, List<ModelConnection> model, uint zone, ConnectionTuple original, ConnectionTuple reply, long now)
    {
        model.RemoveAll(c => c.Deadline <= now);
        ConnectionHandle handle = tracker.Commit(zone, in original, in reply, default, now, out DropReason refusal);
        ModelConnection? byOriginal = Holder(model, zone, original);
        ModelConnection? byReply = Holder(model, zone, reply);
        if (original == reply || (byOriginal is not null && (byOriginal.Original != original || byOriginal.Reply != reply)))
        {
            refusal.ShouldBe(DropReason.InvalidConnectionState);
        }
        else if (byOriginal is not null)
        {
            handle.ShouldBe(byOriginal.Handle);
        }
        else if (byReply is not null)
        {
            refusal.ShouldBe(DropReason.NatExhausted);
        }
        else if (refusal != DropReason.None)
        {
            // Forgotten ones that the wheel has not come to still count.
            refusal.ShouldBe(DropReason.ConnectionLimit);
            (tracker.CountIn(zone) >= 40 || tracker.Count >= 64).ShouldBeTrue();
        }
        else
        {
            model.Add(new ModelConnection { Zone = zone, Original = original, Reply = reply, Handle = handle, Deadline = now + Timeout });
        }
    }

    private static void Note(ConnectionTracker tracker, List<ModelConnection> model, uint zone, ConnectionTuple tuple, long now)
    {
        model.RemoveAll(c => c.Deadline <= now);
        if (Holder(model, zone, tuple) is { } connection)
        {
            byte[] frame = FrameOf(tuple);
            tracker.Note(connection.Handle, connection.Reply == tuple, TrackerHarness.Parse(frame), frame, now);
            connection.Deadline = now + Timeout;
        }
    }

    private static void Compare(ConnectionTracker tracker, List<ModelConnection> model, uint zone, ConnectionTuple tuple, long now)
    {
        model.RemoveAll(c => c.Deadline <= now);
        byte[] frame = FrameOf(tuple);
        ConnectionVerdict verdict = tracker.Look(zone, TrackerHarness.Parse(frame), frame, now);
        ModelConnection? holder = Holder(model, zone, tuple);
        verdict.State.ShouldBe(holder is null ? ConnectionState.New : ConnectionState.Established);
        if (holder is not null)
        {
            verdict.Connection.ShouldBe(holder.Handle);
            verdict.IsReply.ShouldBe(holder.Reply == tuple);
        }
    }

    private static byte[] FrameOf(ConnectionTuple tuple) => PacketBuilder.Udp(
        new FrameEnds(TrackerHarness.MacA, TrackerHarness.MacB, tuple.Source, tuple.Destination), tuple.SourcePort, tuple.DestinationPort, [1]);

    private sealed class ModelConnection
    {
        public uint Zone { get; init; }

        public ConnectionTuple Original { get; init; }

        public ConnectionTuple Reply { get; init; }

        public ConnectionHandle Handle { get; init; }

        public long Deadline { get; set; }
    }
}
