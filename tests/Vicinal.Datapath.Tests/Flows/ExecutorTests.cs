using System.Buffers.Binary;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

/// <summary>What an action makes of a packet, held against the packet built anew from the headers that it should have.</summary>
public sealed class ExecutorTests
{
    private static readonly FlowOutput s_port = new(FlowOutputKind.Port, 1);

    [Fact]
    public void Every_rewrite_leaves_the_packet_that_the_walk_meant_with_right_checksums() => Seeds.Run(400, random =>
    {
        PacketBuffer packet = RandomPackets.Any(random, out PacketHeaders before);
        PacketHeaders after = RandomPackets.Rewrite(random, in before);
        FlowAction action = FlowActions.FromDifference(in before, in after, in s_port);
        byte[] original = packet.Span.ToArray();

        Executor.Execute(in action, packet, in before);

        PacketHeaders left = TrackerHarness.Parse(packet.Span.ToArray());
        ShouldSay(left, after);
        Checksum.IsTransportRight(packet.Span, in left).ShouldBeTrue();
        packet.Span[left.PayloadOffset..].ToArray().ShouldBe(original[before.PayloadOffset..]);
        packet.Span.ToArray().ShouldBe(RewrittenStepByStep(original, in after));
    });

    [Fact]
    public void A_checksum_that_a_device_will_finish_comes_out_right_after_it_is_finished() => Seeds.Run(400, random =>
    {
        PacketBuffer packet = RandomPackets.Any(random, out PacketHeaders before);
        if (!RandomPackets.MakePartial(packet, in before))
        {
            return;
        }

        PacketHeaders after = RandomPackets.Rewrite(random, in before);
        FlowAction action = FlowActions.FromDifference(in before, in after, in s_port);
        Executor.Execute(in action, packet, in before);
        packet.Offload.NeedsChecksum.ShouldBeTrue();
        Checksum.Finish(packet).ShouldBeTrue();
        PacketHeaders left = TrackerHarness.Parse(packet.Span.ToArray());
        ShouldSay(left, after);
        Checksum.IsTransportRight(packet.Span, in left).ShouldBeTrue();
    });

    [Fact]
    public void Each_segment_of_a_rewritten_super_packet_is_right()
    {
        byte[] frame = PacketBuilder.Tcp(TrackerHarness.Forward, new TcpHeader
        {
            SourcePort = 40000,
            DestinationPort = 80,
            Flags = TcpFlags.Ack,
            Sequence = 7,
            Window = 100,
        }, new byte[10_000]);
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        PacketHeaders before = TrackerHarness.Parse(frame);
        RandomPackets.MakePartial(packet, in before);
        packet.Offload.Gso = GsoType.TcpV4;
        packet.Offload.GsoSize = 1400;
        packet.Offload.HeaderLength = before.PayloadOffset;
        PacketHeaders after = before;
        after.Source = IpAddress.Parse("203.0.113.5");
        after.SourcePort = 61000;
        after.Ttl--;
        FlowAction action = FlowActions.FromDifference(in before, in after, in s_port);

        Executor.Execute(in action, packet, in before);

        byte[] target = new byte[20_000];
        PacketHeaders left = TrackerHarness.Parse(packet.Span.ToArray());
        SegmentRun run = TcpSegmenter.Write(packet, in left, 0, target);
        run.Count.ShouldBe(8);
        for (int i = 0; i < run.Count; i++)
        {
            byte[] segment = run.Frame(target, 0, i).ToArray();
            PacketHeaders h = TrackerHarness.Parse(segment);
            h.SourcePort.ShouldBe((ushort)61000);
            h.Source.ShouldBe(after.Source);
            Checksum.IsTransportRight(segment, in h).ShouldBeTrue();
        }
    }

    [Fact]
    public void Udp_without_a_checksum_stays_without()
    {
        byte[] frame = PacketBuilder.Udp(TrackerHarness.Forward, 1, 2, [1, 2, 3]);
        PacketHeaders before = TrackerHarness.Parse(frame);
        frame.AsSpan(before.L4Offset + UdpHeader.ChecksumOffset, 2).Clear();
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        PacketHeaders after = before;
        after.Source = IpAddress.Parse("203.0.113.5");
        after.SourcePort = 9;
        FlowAction action = FlowActions.FromDifference(in before, in after, in s_port);
        Executor.Execute(in action, packet, in before);
        BinaryPrimitives.ReadUInt16BigEndian(packet.Span[(before.L4Offset + UdpHeader.ChecksumOffset)..]).ShouldBe((ushort)0);
    }

    /// <summary>A guest may send anything under any number: ICMPv6 over IPv4 is no ICMP, and need not even have a whole header.</summary>
    [Theory]
    [InlineData("10.0.0.1", IpProtocol.Icmpv6, 0)]
    [InlineData("10.0.0.1", IpProtocol.Icmpv6, 3)]
    [InlineData("10.0.0.1", IpProtocol.Icmpv6, 20)]
    [InlineData("fd00::1", IpProtocol.Icmp, 0)]
    [InlineData("fd00::1", IpProtocol.Icmp, 20)]
    public void The_other_familys_icmp_has_no_checksum_to_change(string source, byte protocol, int length)
    {
        IpAddress address = IpAddress.Parse(source);
        FrameEnds ends = new(MacAddress.Parse("02:00:00:00:00:01"), MacAddress.Parse("02:00:00:00:00:02"), address, address);
        byte[] frame = PacketBuilder.Ip(in ends, protocol, length, 64, out int l4);
        frame.AsSpan(l4).Fill(0x5A);
        PacketHeaders before = TrackerHarness.Parse(frame);
        PacketHeaders after = before;
        after.Source = IpAddress.Parse(address.IsIpv4 ? "203.0.113.5" : "2001:db8::5");
        FlowAction action = FlowActions.FromDifference(in before, in after, in s_port);
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        Executor.Execute(in action, packet, in before);
        packet.Span[l4..].ToArray().ShouldBe(frame[l4..]);
        ShouldSay(TrackerHarness.Parse(packet.Span.ToArray()), after);
    }

    [Fact]
    public void A_tag_is_pushed_popped_or_changed_with_its_priority_kept()
    {
        byte[] plain = PacketBuilder.Udp(TrackerHarness.Forward, 1, 2, [1]);
        byte[] tagged = PacketBuilder.Tagged(plain, new VlanTag(5, true, 100));
        Executed(plain, h => h with { Flags = h.Flags | HeaderFlags.Vlan, VlanTci = 100 })
            .ShouldBe(PacketBuilder.Tagged(plain, new VlanTag(0, false, 100)));
        Executed(tagged, h => h with { Flags = h.Flags & ~HeaderFlags.Vlan, VlanTci = 0 }).ShouldBe(plain);
        Executed(tagged, h => h with { VlanTci = 200 }).ShouldBe(PacketBuilder.Tagged(plain, new VlanTag(5, true, 200)));
        Executed(tagged, h => h).ShouldBe(tagged);
    }

    [Theory]
    [InlineData(Encapsulation.Geneve, "0240655800123400010280010abc0def")]
    [InlineData(Encapsulation.Vxlan, "0800000000123400")]
    [InlineData(Encapsulation.Gre, "2000655800001234")]
    public void A_tunnel_header_goes_in_front_and_offload_offsets_move_with_the_frame(Encapsulation encapsulation, string header)
    {
        byte[] inner = PacketBuilder.Udp(TrackerHarness.Forward, 1, 2, [1, 2, 3]);
        PacketHeaders h = TrackerHarness.Parse(inner);
        PacketBuffer packet = new();
        packet.CopyFrom(inner);
        RandomPackets.MakePartial(packet, in h);
        packet.Offload.HeaderLength = h.PayloadOffset;
        FlowOutput output = FlowOutput.Tunnel(encapsulation, IpAddress.Parse("192.0.2.2"), 0x1234, 0x0ABC, 0x0DEF, 1442);
        FlowAction action = FlowActions.FromDifference(in h, in h, in output);

        Executor.Execute(in action, packet, in h);

        int size = header.Length / 2;
        Convert.ToHexString(packet.Span[..size]).ShouldBe(header, StringCompareShould.IgnoreCase);
        packet.Length.ShouldBe(inner.Length + size);
        packet.Offload.ChecksumStart.ShouldBe((ushort)(h.L4Offset + size));
        packet.Offload.HeaderLength.ShouldBe((ushort)(h.PayloadOffset + size));
        Checksum.Finish(packet);
    }

    [Fact]
    public void Without_port_keys_a_geneve_header_has_no_option()
    {
        byte[] inner = PacketBuilder.Udp(TrackerHarness.Forward, 1, 2, [1]);
        PacketHeaders h = TrackerHarness.Parse(inner);
        PacketBuffer packet = new();
        packet.CopyFrom(inner);
        FlowAction action = FlowActions.FromDifference(
            in h, in h, new FlowOutput(FlowOutputKind.Tunnel, Encapsulation: Encapsulation.Geneve, Vni: 9));
        Executor.Execute(in action, packet, in h);
        packet.Span.ToArray().ShouldBe([.. Convert.FromHexString("0000655800000900"), .. inner]);
    }

    [Fact]
    public void A_frame_that_is_no_ip_is_switched_with_its_bytes_as_they_are()
    {
        byte[] frame = new byte[60];
        new EthernetHeader(TrackerHarness.MacB, TrackerHarness.MacA, 0x88CC).Write(frame);
        Executed(frame, h => h).ShouldBe(frame);
    }

    private static byte[] Executed(byte[] frame, Func<PacketHeaders, PacketHeaders> walk)
    {
        PacketHeaders before = TrackerHarness.Parse(frame);
        PacketHeaders after = walk(before);
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        FlowAction action = FlowActions.FromDifference(in before, in after, in s_port);
        Executor.Execute(in action, packet, in before);
        return packet.Span.ToArray();
    }

    /// <summary>The same by the functions that change one field at a time.</summary>
    private static byte[] RewrittenStepByStep(byte[] original, in PacketHeaders after)
    {
        byte[] frame = (byte[])original.Clone();
        PacketHeaders h = TrackerHarness.Parse(frame);
        HeaderRewrite.SetMacs(frame, ref h, after.DestinationMac, after.SourceMac);
        HeaderRewrite.SetTtl(frame, ref h, after.Ttl);
        HeaderRewrite.SetSource(frame, ref h, after.Source, false);
        HeaderRewrite.SetDestination(frame, ref h, after.Destination, false);
        HeaderRewrite.SetSourcePort(frame, ref h, after.SourcePort, false);
        HeaderRewrite.SetDestinationPort(frame, ref h, after.DestinationPort, false);
        HeaderRewrite.SetIcmpId(frame, ref h, after.IcmpId, false);
        return frame;
    }

    private static void ShouldSay(in PacketHeaders left, in PacketHeaders after)
    {
        left.DestinationMac.ShouldBe(after.DestinationMac);
        left.SourceMac.ShouldBe(after.SourceMac);
        left.Source.ShouldBe(after.Source);
        left.Destination.ShouldBe(after.Destination);
        left.SourcePort.ShouldBe(after.SourcePort);
        left.DestinationPort.ShouldBe(after.DestinationPort);
        left.IcmpId.ShouldBe(after.IcmpId);
        left.Ttl.ShouldBe(after.Ttl);
    }
}
