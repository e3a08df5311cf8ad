using System.Diagnostics;
using Vicinal.Devices.Tests.Support;
using Vicinal.Devices.Tunnels;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Tunnels;

[Collection(NetworkCollection.Name)]
public sealed class GreSocketTests
{
    private const uint Key = 0xABCDEF01;

    private static readonly FrameEnds s_inner = new(
        MacAddress.Parse("fa:16:3e:00:00:01"), MacAddress.Parse("fa:16:3e:00:00:02"), IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Payloads_arrive_in_order_with_their_source_and_tos(bool ipv6)
    {
        using Cable cable = new("gre");
        using GreSocket a = Open(cable.A, ipv6 ? Cable.AddressA6 : Cable.AddressA);
        using GreSocket b = Open(cable.B, ipv6 ? Cable.AddressB6 : Cable.AddressB);
        PacketBuffer[] sent = [.. Enumerable.Range(0, 150).Select(i => Payload(i, 60 + i))];
        TunnelDeparture[] departures = [.. sent.Select(_ => new TunnelDeparture { Remote = b.Local, Tos = (46 << 2) | 1 })];
        TunnelSendStatus[] statuses = new TunnelSendStatus[sent.Length];
        a.Send(sent, departures, statuses).ShouldBe(150);
        statuses.ShouldAllBe(status => status == TunnelSendStatus.Sent);
        List<(byte[] Bytes, TunnelArrival Arrival, Offload Offload)> received = Receive(b, 150);
        received.Select(packet => packet.Bytes).ShouldBe(sent.Select(packet => packet.Span.ToArray()));
        received.ShouldAllBe(packet => packet.Arrival.Source == a.Local && packet.Arrival.Tos == ((46 << 2) | 1) && packet.Offload.Gso == GsoType.None);
    }

    [Fact]
    public void A_buffer_of_segments_leaves_as_so_many_packets()
    {
        using Cable cable = new("gseg");
        using GreSocket a = Open(cable.A, Cable.AddressA);
        using GreSocket b = Open(cable.B, Cable.AddressB);
        byte[] whole = [.. Enumerable.Range(0, 100).SelectMany(i => Payload(i, i == 99 ? 200 : 1000).Span.ToArray())];
        PacketBuffer super = new(PacketBuffer.Headroom + whole.Length);
        super.CopyFrom(whole);
        a.Send(super, new TunnelDeparture { Remote = b.Local, SegmentSize = 1000 }).ShouldBe(TunnelSendStatus.Sent);
        List<(byte[] Bytes, TunnelArrival Arrival, Offload Offload)> received = Receive(b, 100);
        received.SelectMany(packet => packet.Bytes).ShouldBe(whole);
        (received.Count, a.Counters.SentDatagrams).ShouldBe((100, 100));
    }

    [Theory]
    [InlineData(false, 1480)]
    [InlineData(true, 1460)]
    public void The_largest_packet_that_fits_passes_and_one_more_byte_is_too_big(bool ipv6, int room)
    {
        using Cable cable = new("gbig");
        using GreSocket a = Open(cable.A, ipv6 ? Cable.AddressA6 : Cable.AddressA);
        using GreSocket b = Open(cable.B, ipv6 ? Cable.AddressB6 : Cable.AddressB);
        PacketBuffer[] sent = [Payload(1, room), Payload(2, room + 1), Payload(3, room)];
        TunnelSendStatus[] statuses = new TunnelSendStatus[3];
        a.Send(sent, [.. sent.Select(_ => new TunnelDeparture { Remote = b.Local })], statuses).ShouldBe(2);
        statuses.ShouldBe([TunnelSendStatus.Sent, TunnelSendStatus.TooBig, TunnelSendStatus.Sent]);
        Receive(b, 2).Select(packet => packet.Bytes).ShouldBe([sent[0].Span.ToArray(), sent[2].Span.ToArray()]);
        a.Counters.SendTooBig.ShouldBe(1);
    }

    [Fact]
    public void A_remote_without_a_route_or_of_another_family_breaks_nothing()
    {
        using Cable cable = new("gunr");
        using GreSocket a = Open(cable.A, Cable.AddressA);
        a.Send(Payload(1, 100), new TunnelDeparture { Remote = IpAddress.Parse("192.0.2.1") }).ShouldBe(TunnelSendStatus.Unreachable);
        a.Send(Payload(1, 100), new TunnelDeparture { Remote = Cable.AddressB6 }).ShouldBe(TunnelSendStatus.Dropped);
        using GreSocket b = Open(cable.B, Cable.AddressB);
        a.Send(Payload(7, 100), new TunnelDeparture { Remote = b.Local }).ShouldBe(TunnelSendStatus.Sent);
        Receive(b, 1).Count.ShouldBe(1);
    }

    [Fact]
    public void Nobody_is_told_that_the_protocol_is_unreachable()
    {
        using Cable cable = new("gicm");
        using GreSocket a = Open(cable.A, Cable.AddressA);
        using GreSocket b = Open(cable.B, Cable.AddressB);
        using PacketSocketDevice wire = cable.A.Run(() => PacketSocketDevice.Open("eth0"));
        for (int i = 0; i < 20; i++)
        {
            a.Send(Payload(i, 100), new TunnelDeparture { Remote = b.Local });
        }

        Receive(b, 20).Count.ShouldBe(20);
        PacketBuffer[] heard = Frames.Buffers(64);
        int count = wire.Receive(heard);
        heard[..count].Count(IsIcmpError).ShouldBe(0);
    }

    [Fact]
    public void Hostile_packets_are_counted_and_stop_nothing()
    {
        const int Seed = 4711;
        Random random = new(Seed);
        using Cable cable = new("ghos");
        using GreSocket a = Open(cable.A, Cable.AddressA);
        using GreSocket b = Open(cable.B, Cable.AddressB);
        using PacketSocketDevice wire = cable.A.Run(() => PacketSocketDevice.Open("eth0"));
        MacAddress to = cable.B.Route.GetLink("eth0").MacAddress;
        byte[] good = Outer(wire.MacAddress, to, Segment(1, 100));
        for (int i = 0; i < 2000; i++)
        {
            byte[] frame = [.. good];
            for (int damage = random.Next(1, 4); damage > 0; damage--)
            {
                frame[random.Next(14, 60)] = (byte)random.Next(256);
            }

            wire.Send(new[] { Buffer(random.Next(3) == 0 ? frame[..random.Next(34, frame.Length)] : frame) });
        }

        wire.Send(new[] { Buffer(good) });
        byte[] last = good[34..];
        long start = Stopwatch.GetTimestamp();
        bool came = false;
        while (!came && Stopwatch.GetElapsedTime(start).TotalSeconds < 5)
        {
            came = Receive(b, 1).Exists(packet => packet.Bytes.AsSpan().SequenceEqual(last));
        }

        came.ShouldBeTrue($"seed {Seed}");
        b.Counters.ReceiveErrors.ShouldBeGreaterThan(0, "wrong checksums and lengths");
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing()
    {
        using Cable cable = new("gall");
        using GreSocket a = Open(cable.A, Cable.AddressA);
        using GreSocket b = Open(cable.B, Cable.AddressB);
        PacketBuffer[] sent = [.. Enumerable.Range(0, 64).Select(i => Payload(i, 500))];
        TunnelDeparture[] departures = [.. sent.Select(_ => new TunnelDeparture { Remote = b.Local })];
        TunnelSendStatus[] statuses = new TunnelSendStatus[64];
        PacketBuffer[] buffers = Frames.Buffers(16);
        TunnelArrival[] arrivals = new TunnelArrival[16];
        void Exchange()
        {
            a.Send(sent, departures, statuses);
            while (b.Receive(buffers, arrivals) > 0)
            {
            }
        }

        SpinWait.SpinUntil(
            () =>
            {
                Exchange();
                return b.Counters.ReceivedDatagrams > 256;
            },
            5000).ShouldBeTrue();
        Allocations.Of(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                Exchange();
            }
        }).ShouldBe(0);
    }

    internal static GreSocket Open(TestNamespace at, IpAddress local) => at.Run(() => GreSocket.Open(local));

    /// <summary>A GRE header with a key, and an inner frame of noise.</summary>
    private static PacketBuffer Payload(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        new GreHeader(EtherType.TransparentBridging, Key).Write(bytes);
        return Buffer(bytes);
    }

    /// <summary>A GRE header and a segment of a TCP stream.</summary>
    internal static byte[] Segment(int index, int size)
    {
        TcpHeader header = new() { SourcePort = 1000, DestinationPort = 80, Flags = TcpFlags.Ack, Sequence = (uint)(1 + (index * size)), Window = 100 };
        byte[] frame = PacketBuilder.Tcp(s_inner, header, new byte[size]);
        byte[] packet = [.. new byte[GreHeader.Size], .. frame];
        new GreHeader(EtherType.TransparentBridging, Key).Write(packet);
        return packet;
    }

    internal static byte[] Outer(MacAddress from, MacAddress to, byte[] payload)
    {
        byte[] frame = [.. new byte[EthernetHeader.Size + Ipv4Header.Size], .. payload];
        new EthernetHeader(to, from, EtherType.Ipv4).Write(frame);
        new Ipv4Header
        {
            TotalLength = (ushort)(Ipv4Header.Size + payload.Length),
            DontFragment = true,
            Ttl = 64,
            Protocol = IpProtocol.Gre,
            Source = Cable.AddressA,
            Destination = Cable.AddressB,
        }.Write(frame.AsSpan(EthernetHeader.Size));
        return frame;
    }

    private static bool IsIcmpError(PacketBuffer frame) => PacketHeaders.Parse(frame.Span, out PacketHeaders h) == ParseResult.Ok && h.IsIcmpError;

    internal static PacketBuffer Buffer(byte[] bytes)
    {
        PacketBuffer buffer = new();
        buffer.CopyFrom(bytes);
        return buffer;
    }

    internal static List<(byte[] Bytes, TunnelArrival Arrival, Offload Offload)> Receive(GreSocket socket, int count)
    {
        List<(byte[], TunnelArrival, Offload)> packets = [];
        PacketBuffer[] buffers = Frames.Buffers(64);
        TunnelArrival[] arrivals = new TunnelArrival[64];
        long start = Stopwatch.GetTimestamp();
        while (packets.Count < count && Stopwatch.GetElapsedTime(start).TotalSeconds < 3)
        {
            int received = socket.Receive(buffers, arrivals);
            for (int i = 0; i < received; i++)
            {
                packets.Add((buffers[i].Span.ToArray(), arrivals[i], buffers[i].Offload));
            }
        }

        return packets;
    }
}
