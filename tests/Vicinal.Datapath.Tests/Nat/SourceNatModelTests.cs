using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Nat;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Nat;

/// <summary>Random guests open, use and forget connections through one address, beside a dictionary that says what must come back.</summary>
public sealed class SourceNatModelTests
{
    private const uint Router = 1;

    /// <summary>Times here are multiples of 1024 ms, between which the tracker's timers are exact.</summary>
    private const long Timeout = 30 * 1024;

    private static readonly IpAddress s_external = IpAddress.Parse("203.0.113.5");

    [Fact]
    public void No_two_connections_share_a_reply_and_every_reply_comes_back_to_its_own_guest() => Seeds.Run(15, random =>
    {
        ConnectionTimeouts timeouts = new() { Udp = Timeout, Icmp = Timeout, Other = Timeout };
        ConnectionTracker tracker = new(new ConnectionLimits { Total = 4096, Timeouts = timeouts }, (ulong)random.NextInt64());
        SourceNatAllocator allocator = new(tracker, (ulong)random.NextInt64());
        Dictionary<ConnectionTuple, (ConnectionTuple Original, long Deadline)> byReply = [];
        long now = 1000 * 1024;
        for (int step = 0; step < 4000; step++)
        {
            if (random.Next(100) == 0)
            {
                now += random.Next(20) * 1024;
                tracker.Expire(now + 512, int.MaxValue);
                foreach (ConnectionTuple gone in byReply.Where(entry => entry.Value.Deadline <= now).Select(entry => entry.Key).ToList())
                {
                    byReply.Remove(gone);
                }
            }

            ConnectionTuple original = AnyOriginal(random);
            if (byReply.Values.Any(entry => entry.Original == original))
            {
                continue;
            }

            bool found = allocator.TryFind(Router, in original, s_external, out ConnectionTuple reply);
            if (original.Protocol is IpProtocol.Gre or IpProtocol.Sctp)
            {
                found.ShouldBe(!byReply.ContainsKey(original.Reversed with { Destination = s_external }));
            }
            else
            {
                found.ShouldBeTrue();
            }

            if (found)
            {
                byReply.ContainsKey(reply).ShouldBeFalse("another connection has this reply tuple");
                reply.Source.ShouldBe(original.Destination);
                reply.Destination.ShouldBe(s_external);
                tracker.Commit(Router, in original, in reply, default, now, out DropReason refusal);
                refusal.ShouldBe(DropReason.None);
                byReply.Add(reply, (original, now + Timeout));
            }

            tracker.Count.ShouldBe(byReply.Count);
        }

        foreach ((ConnectionTuple reply, (ConnectionTuple original, _)) in byReply)
        {
            if (reply.Protocol == IpProtocol.Udp)
            {
                byte[] frame = PacketBuilder.Udp(
                    new FrameEnds(TrackerHarness.MacA, TrackerHarness.MacB, reply.Source, reply.Destination), reply.SourcePort, reply.DestinationPort, [1]);
                ConnectionVerdict verdict = tracker.Look(Router, TrackerHarness.Parse(frame), frame, now);
                verdict.IsReply.ShouldBeTrue();
                tracker[verdict.Connection].Original.ShouldBe(original);
            }
        }
    });

    [Fact]
    public void In_a_crowded_space_ports_are_neither_lost_nor_given_twice() => Seeds.Run(2, random =>
    {
        ConnectionTracker tracker = new(new ConnectionLimits { Total = 66_000, PerZone = 66_000 }, (ulong)random.NextInt64());
        SourceNatAllocator allocator = new(tracker, (ulong)random.NextInt64());
        Dictionary<ushort, ConnectionHandle> held = [];
        uint guest = 0x0A000000;
        for (int step = 0; step < 150_000; step++)
        {
            bool drain = held.Count > 64_512 - 200 ? random.Next(2) == 0 : random.Next(50) == 0;
            if (drain && held.Count > 0)
            {
                ushort port = (ushort)random.Next(1024, 65536);
                if (held.Remove(port, out ConnectionHandle handle))
                {
                    tracker.Remove(handle);
                }

                continue;
            }

            ConnectionTuple original = new(IpAddress.FromIpv4(guest++), IpAddress.Parse("198.51.100.7"), 1, 53, IpProtocol.Udp);
            bool found = allocator.TryFind(Router, in original, s_external, out ConnectionTuple reply);
            found.ShouldBe(held.Count < 64_512);
            if (found)
            {
                ConnectionHandle handle = tracker.Commit(Router, in original, in reply, default, 0, out _);
                handle.IsNone.ShouldBeFalse();
                held.TryAdd(reply.DestinationPort, handle).ShouldBeTrue();
            }
        }
    });

    private static ConnectionTuple AnyOriginal(Random random)
    {
        IpAddress guest = IpAddress.FromIpv4(0x0A000001 + (uint)random.Next(20));
        IpAddress remote = IpAddress.FromIpv4(0xC6336401 + (uint)random.Next(3));
        return random.Next(8) switch
        {
            0 => new ConnectionTuple(guest, remote, (ushort)random.Next(4), Icmpv4Type.EchoRequest, IpProtocol.Icmp),
            1 => new ConnectionTuple(guest, remote, 0, 0, IpProtocol.Gre),
            2 => new ConnectionTuple(guest, remote, (ushort)(5000 + random.Next(3)), 80, IpProtocol.Sctp),
            _ => new ConnectionTuple(guest, remote, (ushort)random.Next(1000, 1040), (ushort)(53 + random.Next(2)), IpProtocol.Udp),
        };
    }
}
