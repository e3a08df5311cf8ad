namespace Vicinal.Packets.Tests;

public sealed class HeaderRewriteTests
{
    [Fact]
    public void Incremental_checksums_of_any_translation_equal_those_computed_anew() => Property.Holds(400, random =>
    {
        byte[] frame = RandomFrame(random);
        PacketHeaders h = Frames.Parsed(frame);
        Translate(random, frame, ref h, false);
        byte[] incremental = [.. frame];
        Checksum.WriteTransport(frame, in h);
        incremental.ShouldBe(frame);
        HeadersAreTrue(frame, h);
    });

    [Fact]
    public void A_translated_partial_checksum_is_finished_to_the_right_one() => Property.Holds(300, random =>
    {
        FrameEnds ends = random.Ends();
        byte[] frame = random.Next(2) == 0
            ? PacketBuilder.Udp(in ends, 5000, 53, random.Bytes(random.Next(0, 99)))
            : PacketBuilder.Tcp(in ends, Frames.Segment(), random.Bytes(random.Next(0, 99)));
        PacketBuffer packet = ChecksumTests.Partial(frame);
        PacketHeaders h = Frames.Parsed(packet.Span);
        Translate(random, packet.Span, ref h, true);
        Checksum.Finish(packet).ShouldBeTrue();
        Checksum.IsTransportRight(packet.Span, in h).ShouldBeTrue();
        HeadersAreTrue(packet.Span, h);
    });

    [Fact]
    public void Udp_that_came_without_a_checksum_goes_without_one()
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, Frames.Payload);
        PacketHeaders h = Frames.Parsed(frame);
        frame.AsSpan(h.L4Offset + 6, 2).Clear();
        HeaderRewrite.SetSource(frame, ref h, IpAddress.Parse("203.0.113.7"), false);
        HeaderRewrite.SetSourcePort(frame, ref h, 999, false);
        frame.AsSpan(h.L4Offset + 6, 2).ToArray().ShouldBe([0, 0]);
        Frames.Parsed(frame).SourcePort.ShouldBe((ushort)999);
    }

    [Fact]
    public void Of_a_later_fragment_only_the_ip_header_changes()
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, new byte[56]);
        byte[] target = new byte[4096];
        PacketHeaders whole = Frames.Parsed(frame);
        SegmentRun run = Ipv4Fragmenter.Write(frame, in whole, 60, 0, target);
        Span<byte> later = run.Frame(target, 0, 1);
        byte[] payload = later[34..].ToArray();
        PacketHeaders h = Frames.Parsed(later);
        HeaderRewrite.SetSource(later, ref h, IpAddress.Parse("203.0.113.7"), false);
        HeaderRewrite.SetSourcePort(later, ref h, 999, false);
        later[34..].ToArray().ShouldBe(payload);
        Frames.Parsed(later).Source.ShouldBe(IpAddress.Parse("203.0.113.7"));
    }

    [Fact]
    public void The_packet_quoted_by_an_error_is_translated_with_all_its_checksums() => Property.Holds(400, random =>
    {
        byte[] quoted = RandomFrame(random);
        PacketHeaders original = Frames.Parsed(quoted);
        PacketBuffer error = new();
        IcmpErrorKind kind = random.Next(2) == 0 ? IcmpErrorKind.PacketTooBig : IcmpErrorKind.HostUnreachable;
        IcmpError.TryBuild(kind, quoted, in original, random.Address(original.IsIpv4), Frames.MacB, 1400, error).ShouldBeTrue();
        Span<byte> frame = error.Span;
        PacketHeaders outer = Frames.Parsed(frame);
        PacketHeaders.TryParseEmbedded(frame, in outer, out PacketHeaders inner).ShouldBeTrue();

        IpAddress source = random.Address(inner.IsIpv4);
        IpAddress destination = random.Address(inner.IsIpv4);
        (ushort sourcePort, ushort destinationPort, ushort id) = ((ushort)random.Next(65536), (ushort)random.Next(65536), (ushort)random.Next(65536));
        HeaderRewrite.SetEmbeddedSource(frame, in outer, ref inner, source);
        HeaderRewrite.SetEmbeddedDestination(frame, in outer, ref inner, destination);
        HeaderRewrite.SetEmbeddedSourcePort(frame, in outer, ref inner, sourcePort);
        HeaderRewrite.SetEmbeddedDestinationPort(frame, in outer, ref inner, destinationPort);
        HeaderRewrite.SetEmbeddedIcmpId(frame, in outer, ref inner, id);

        Checksum.IsTransportRight(frame, in outer).ShouldBeTrue();
        PacketHeaders.TryParseEmbedded(frame, in outer, out PacketHeaders read).ShouldBeTrue();
        (read.Source, read.Destination).ShouldBe((source, destination));
        (read.SourcePort, read.DestinationPort, read.IcmpId).ShouldBe((inner.SourcePort, inner.DestinationPort, inner.IcmpId));

        // The translated quotation is the packet as its sender would have sent it with the other addresses.
        byte[] expected = [.. quoted];
        PacketHeaders h = original;
        HeaderRewrite.SetSource(expected, ref h, source, false);
        HeaderRewrite.SetDestination(expected, ref h, destination, false);
        HeaderRewrite.SetSourcePort(expected, ref h, sourcePort, false);
        HeaderRewrite.SetDestinationPort(expected, ref h, destinationPort, false);
        HeaderRewrite.SetIcmpId(expected, ref h, id, false);
        frame[outer.EmbeddedOffset..].ToArray().ShouldBe(expected[14..]);
    });

    [Fact]
    public void Eight_quoted_bytes_of_a_segment_are_enough_to_translate_it()
    {
        byte[] tcp = PacketBuilder.Tcp(in Frames.V4, Frames.Segment(), Frames.Payload);
        byte[] body = tcp[14..42];
        FrameEnds ends = new(Frames.MacB, Frames.MacA, IpAddress.Parse("198.51.100.1"), Frames.V4.Source);
        byte[] frame = PacketBuilder.Icmp(in ends, new IcmpHeader(Icmpv4Type.TimeExceeded, 0, 0, 0), body);
        PacketHeaders outer = Frames.Parsed(frame);
        PacketHeaders.TryParseEmbedded(frame, in outer, out PacketHeaders inner).ShouldBeTrue();
        (inner.SourcePort, inner.DestinationPort).ShouldBe(((ushort)40000, (ushort)443));
        HeaderRewrite.SetEmbeddedSource(frame, in outer, ref inner, IpAddress.Parse("10.9.9.9"));
        HeaderRewrite.SetEmbeddedSourcePort(frame, in outer, ref inner, 4);
        Checksum.IsTransportRight(frame, in outer).ShouldBeTrue();
        Checksum.IsRight(frame.AsSpan(inner.L3Offset, 20)).ShouldBeTrue();
    }

    [Fact]
    public void Less_than_eight_quoted_bytes_are_attributed_to_nobody()
    {
        byte[] tcp = PacketBuilder.Tcp(in Frames.V4, Frames.Segment(), Frames.Payload);
        for (int length = 0; length < 28; length++)
        {
            byte[] frame = PacketBuilder.Icmp(Frames.V4.Reversed, new IcmpHeader(Icmpv4Type.TimeExceeded, 0, 0, 0), tcp.AsSpan(14, length));
            PacketHeaders outer = Frames.Parsed(frame);
            PacketHeaders.TryParseEmbedded(frame, in outer, out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void The_crc_of_sctp_is_right_again_after_a_port_has_changed()
    {
        SctpChecksum.Compute("123456789"u8).ShouldBe(0xE3069283u);
        byte[] chunk = [0x0B, 0, 0, 4];
        byte[] frame = PacketBuilder.Ip(in Frames.V6, IpProtocol.Sctp, SctpChecksum.HeaderSize + chunk.Length, 64, out int l4);
        chunk.CopyTo(frame, l4 + SctpChecksum.HeaderSize);
        PacketHeaders h = Frames.Parsed(frame);
        HeaderRewrite.SetSourcePort(frame, ref h, 5000, false);
        HeaderRewrite.SetDestinationPort(frame, ref h, 53, false);
        frame.ShouldBe(GoldenFrameTests.Golden["sctp6"]);
    }

    private static byte[] RandomFrame(Random random)
    {
        FrameEnds ends = random.Ends();
        byte[] payload = random.Bytes(random.Next(0, 200));
        return random.Next(3) switch
        {
            0 => PacketBuilder.Udp(in ends, (ushort)random.Next(65536), 53, payload),
            1 => PacketBuilder.Tcp(in ends, Frames.Segment(), payload),
            _ => PacketBuilder.EchoRequest(in ends, (ushort)random.Next(65536), 1, payload),
        };
    }

    private static void Translate(Random random, Span<byte> frame, ref PacketHeaders h, bool partial)
    {
        HeaderRewrite.SetMacs(frame, ref h, Frames.MacA, Frames.MacB);
        HeaderRewrite.SetSource(frame, ref h, random.Address(h.IsIpv4), partial);
        HeaderRewrite.SetDestination(frame, ref h, random.Address(h.IsIpv4), partial);
        HeaderRewrite.SetSourcePort(frame, ref h, (ushort)random.Next(65536), partial);
        HeaderRewrite.SetDestinationPort(frame, ref h, (ushort)random.Next(65536), partial);
        HeaderRewrite.SetIcmpId(frame, ref h, (ushort)random.Next(65536), partial);
        HeaderRewrite.SetTrafficClass(frame, ref h, (byte)random.Next(256));
        HeaderRewrite.DecrementTtl(frame, ref h);
    }

    private static void HeadersAreTrue(ReadOnlySpan<byte> frame, PacketHeaders h) => Frames.Parsed(frame).ShouldBe(h);
}
