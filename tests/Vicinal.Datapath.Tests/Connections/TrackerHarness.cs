using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Connections;

/// <summary>A tracker that is shown whole frames, as the pipeline does: look, commit what is new, note.</summary>
internal sealed class TrackerHarness(ConnectionLimits? limits = null)
{
    public const uint Zone = 7;

    public static readonly MacAddress MacA = MacAddress.Parse("02:00:00:00:00:0a");
    public static readonly MacAddress MacB = MacAddress.Parse("02:00:00:00:00:0b");
    public static readonly FrameEnds Forward = new(MacA, MacB, IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"));
    public static readonly FrameEnds Back = Forward.Reversed;
    public static readonly FrameEnds Forward6 = new(MacA, MacB, IpAddress.Parse("2001:db8::1"), IpAddress.Parse("2001:db8::2"));

    public ConnectionTracker Tracker { get; } = new(limits ?? new ConnectionLimits { Total = 1024 }, 1);

    public long Now { get; set; } = 1_000_000;

    public ConnectionVerdict Look(byte[] frame, uint zone = Zone) => Tracker.Look(zone, Parse(frame), frame, Now);

    /// <summary>Looks, commits if it may open a connection, and notes the packet.</summary>
    public ConnectionVerdict Pass(byte[] frame, uint zone = Zone, CommitInfo info = default)
    {
        PacketHeaders h = Parse(frame);
        ConnectionVerdict verdict = Tracker.Look(zone, in h, frame, Now);
        ConnectionHandle handle = verdict.Connection;
        if (verdict.State == ConnectionState.New)
        {
            ConnectionTuple.TryFrom(in h, out ConnectionTuple tuple).ShouldBeTrue();
            handle = Tracker.Commit(zone, in tuple, tuple.Reversed, in info, Now, out DropReason refusal);
            refusal.ShouldBe(DropReason.None);
        }

        if (verdict.State is ConnectionState.New or ConnectionState.Established)
        {
            Tracker.Note(handle, verdict.IsReply, in h, frame, Now);
        }

        return verdict;
    }

    public Connection ConnectionOf(byte[] frame, uint zone = Zone)
    {
        ConnectionVerdict verdict = Look(frame, zone);
        verdict.Connection.IsNone.ShouldBeFalse();
        return Tracker[verdict.Connection];
    }

    public ConnectionHandle Handshake(uint client = 1000, uint server = 5000)
    {
        Pass(Tcp(Forward, TcpFlags.Syn, client));
        Pass(Tcp(Back, TcpFlags.Syn | TcpFlags.Ack, server, client + 1));
        Pass(Tcp(Forward, TcpFlags.Ack, client + 1, server + 1));
        return Look(Tcp(Forward, TcpFlags.Ack, client + 1, server + 1)).Connection;
    }

    /// <summary>Between port 40000 of the first end and port 80 of the second.</summary>
    public static byte[] Tcp(FrameEnds ends, TcpFlags flags, uint sequence = 0, uint acknowledgment = 0, int payload = 0) =>
        PacketBuilder.Tcp(ends, new TcpHeader
        {
            SourcePort = (ushort)(ends.Source == Forward.Source ? 40000 : 80),
            DestinationPort = (ushort)(ends.Source == Forward.Source ? 80 : 40000),
            Flags = flags,
            Sequence = sequence,
            Acknowledgment = acknowledgment,
            Window = 1000,
        }, new byte[payload]);

    public static byte[] Udp(FrameEnds ends, ushort from = 40000, ushort to = 53) => PacketBuilder.Udp(ends, from, to, [1, 2, 3]);

    /// <summary>An ICMP error from a router on the way, about a frame.</summary>
    public static byte[] ErrorAbout(byte[] frame, IpAddress from, IpAddress to, int quotedBytes = 64)
    {
        PacketHeaders h = Parse(frame);
        ReadOnlySpan<byte> quoted = frame.AsSpan(h.L3Offset, Math.Min(quotedBytes, h.L3Length));
        IcmpHeader header = new(h.IsIpv4 ? Icmpv4Type.TimeExceeded : Icmpv6Type.TimeExceeded, 0, 0, 0);
        return PacketBuilder.Icmp(new FrameEnds(MacB, MacA, from, to), header, quoted);
    }

    public static PacketHeaders Parse(byte[] frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return h;
    }
}
