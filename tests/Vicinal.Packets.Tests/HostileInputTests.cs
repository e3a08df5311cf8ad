namespace Vicinal.Packets.Tests;

public sealed class HostileInputTests
{
    [Fact]
    public void Random_bytes_are_parsed_or_refused_and_nothing_throws() => Property.Holds(2000, random => Exercise(random.Bytes(random.Next(0, 300))));

    [Fact]
    public void Good_frames_with_random_damage_are_parsed_or_refused_and_nothing_throws()
    {
        byte[][] frames = [.. Frames.All().Select(f => f.Frame), .. Errors(), .. NeighborFrames()];
        Property.Holds(3000, random =>
        {
            byte[] frame = [.. frames[random.Next(frames.Length)]];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                frame[random.Next(random.Next(12, frame.Length), frame.Length)] = (byte)random.Next(256);
                frame[random.Next(12, frame.Length)] ^= (byte)(1 << random.Next(8));
            }

            if (frame[12] == 8 && frame[13] == 0)
            {
                // With the header checksum made right again, the damage reaches what lies behind that check.
                int length = Math.Clamp((frame[14] & 0xF) * 4, 20, frame.Length - 14);
                frame.AsSpan(24, 2).Clear();
                ushort checksum = Checksum.Compute(frame.AsSpan(14, length));
                (frame[24], frame[25]) = ((byte)(checksum >> 8), (byte)checksum);
            }

            Exercise(random.Next(4) == 0 ? frame[..random.Next(frame.Length + 1)] : frame);
        });
    }

    [Fact]
    public void What_lies_in_memory_behind_a_frame_changes_nothing_that_is_read_of_it()
    {
        byte[][] frames = [.. Frames.All().Select(f => f.Frame), .. Errors(), .. NeighborFrames(), .. GoldenFrameTests.Golden.Values];
        byte[] zeros = new byte[2048];
        byte[] ones = new byte[2048];
        foreach (byte[] frame in frames)
        {
            for (int length = 0; length <= frame.Length; length++)
            {
                zeros.AsSpan().Clear();
                ones.AsSpan().Fill(0xFF);
                frame.AsSpan(0, length).CopyTo(zeros);
                frame.AsSpan(0, length).CopyTo(ones);
                ParseResult first = PacketHeaders.Parse(zeros.AsSpan(0, length), out PacketHeaders a);
                ParseResult second = PacketHeaders.Parse(ones.AsSpan(0, length), out PacketHeaders b);
                (second, b).ShouldBe((first, a));
                bool embedded = PacketHeaders.TryParseEmbedded(zeros.AsSpan(0, length), in a, out PacketHeaders c);
                PacketHeaders.TryParseEmbedded(ones.AsSpan(0, length), in b, out PacketHeaders d).ShouldBe(embedded);
                d.ShouldBe(c);
            }
        }
    }

    [Fact]
    public void Extension_headers_are_walked_only_so_far()
    {
        byte[] plain = PacketBuilder.Udp(in Frames.V6, 1, 2, []);
        for (int count = 1; count <= 40; count++)
        {
            byte[] chain = [.. Enumerable.Range(0, count).SelectMany(i => new byte[] { i == count - 1 ? IpProtocol.Udp : IpProtocol.Ipv6DestinationOptions, 0, 1, 4, 0, 0, 0, 0 })];
            byte[] frame = [.. plain[..54], .. chain, .. plain[54..]];
            frame[20] = IpProtocol.Ipv6DestinationOptions;
            (frame[18], frame[19]) = ((byte)((frame.Length - 54) >> 8), (byte)(frame.Length - 54));
            PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(count <= 8 ? ParseResult.Ok : ParseResult.TooManyExtensionHeaders);
            h.HasPorts.ShouldBe(count <= 8);
        }
    }

    [Theory]
    [InlineData(IpProtocol.Ipv6Routing, 1)]
    [InlineData(IpProtocol.HopByHop, 0)]
    public void Routing_headers_with_segments_left_and_late_hop_by_hop_headers_are_refused(byte kind, byte segmentsLeft)
    {
        byte[] plain = PacketBuilder.Udp(in Frames.V6, 1, 2, []);
        byte[] frame = [.. plain[..54], kind, 0, 1, 4, 0, 0, 0, 0, IpProtocol.Udp, 0, 0, segmentsLeft, 0, 0, 0, 0, .. plain[54..]];
        frame[20] = IpProtocol.Ipv6DestinationOptions;
        frame[19] = (byte)(frame.Length - 54);
        PacketHeaders.Parse(frame, out _).ShouldBe(ParseResult.BadExtensionHeader);
    }

    [Fact]
    public void The_hot_path_allocates_nothing()
    {
        byte[][] frames = [.. Frames.All().Select(f => f.Frame)];
        PacketBuffer super = ChecksumTests.Partial(PacketBuilder.Tcp(in Frames.V4, Frames.Segment(), new byte[9000]));
        super.Offload.Gso = GsoType.TcpV4;
        super.Offload.GsoSize = 1400;
        byte[] target = new byte[20_000];
        PacketBuffer[] batch = [.. Enumerable.Range(0, 7).Select(_ => new PacketBuffer())];
        ReceiveCoalescer coalescer = new(8);
        PacketBuffer answer = new();
        HotPath(frames, super, target, batch, coalescer, answer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            HotPath(frames, super, target, batch, coalescer, answer);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void HotPath(
        byte[][] frames, PacketBuffer super, byte[] target, PacketBuffer[] batch, ReceiveCoalescer coalescer, PacketBuffer answer)
    {
        foreach (byte[] frame in frames)
        {
            _ = PacketHeaders.Parse(frame, out PacketHeaders h);
            if (h.IsIp)
            {
                HeaderRewrite.SetMacs(frame, ref h, h.DestinationMac, h.SourceMac);
                HeaderRewrite.SetTtl(frame, ref h, 63);
                HeaderRewrite.SetSource(frame, ref h, h.Source, false);
                HeaderRewrite.SetDestination(frame, ref h, h.Destination, false);
                HeaderRewrite.SetSourcePort(frame, ref h, (ushort)(h.SourcePort + 1), false);
                HeaderRewrite.SetIcmpId(frame, ref h, (ushort)(h.IcmpId + 1), false);
                _ = Checksum.IsTransportRight(frame, in h);
                _ = IcmpError.TryBuild(IcmpErrorKind.TtlExceeded, frame, in h, h.Destination, Frames.MacB, 0, answer);
            }
        }

        _ = PacketHeaders.Parse(super.Span, out PacketHeaders s);
        SegmentRun run = TcpSegmenter.Write(super, in s, 50, target);
        for (int i = 0; i < run.Count; i++)
        {
            batch[i].CopyFrom(run.Frame(target, 50, i));
        }

        _ = coalescer.Merge(batch.AsSpan(0, run.Count));
    }

    /// <summary>Every reader there is, on whatever the parser lets through, and the raw readers on everything.</summary>
    private static void Exercise(byte[] frame)
    {
        ParseResult result = PacketHeaders.Parse(frame, out PacketHeaders h);
        _ = ArpMessage.TryRead(frame, out _);
        _ = Ipv4Header.TryRead(frame, out _);
        _ = Ipv6Header.TryRead(frame, out _);
        _ = TcpHeader.TryRead(frame, out _);
        _ = UdpHeader.TryRead(frame, out _);
        _ = GeneveHeader.TryRead(frame, out _, out _);
        _ = VxlanHeader.TryRead(frame, out _);
        _ = GreHeader.TryRead(frame, out _, out _);
        _ = NeighborOptions.TryFindLinkLayer(frame, 1, out _);
        if (result != ParseResult.Ok)
        {
            return;
        }

        h.End.ShouldBeLessThanOrEqualTo(frame.Length);
        ((int)h.PayloadOffset).ShouldBeInRange(h.L4Offset, h.End);
        _ = Checksum.IsTransportRight(frame, in h);
        _ = NeighborSolicitation.TryRead(frame, in h, out _);
        _ = NeighborAdvertisement.TryRead(frame, in h, out _);
        _ = RouterSolicitation.TryRead(frame, in h, out _);
        _ = RouterAdvertisement.TryRead(frame, in h, out _);
        _ = IcmpError.TryBuild(IcmpErrorKind.NoRoute, frame, in h, h.Destination, Frames.MacB, 0, new PacketBuffer(2048));
        byte[] target = new byte[4000];
        _ = Ipv4Fragmenter.Write(frame, in h, 100, 4, target);
        _ = Ipv6Fragmenter.Write(frame, in h, 100, 1, 4, target);
        PacketBuffer packet = new(4096);
        packet.CopyFrom(frame);
        packet.Offload = new Offload { NeedsChecksum = true, Gso = h.IsIpv4 ? GsoType.TcpV4 : GsoType.TcpV6, GsoSize = 9 };
        _ = TcpSegmenter.Write(packet, in h, 4, target);
        packet.Offload.Gso = GsoType.UdpL4;
        _ = UdpSegmenter.Write(packet, in h, 4, target);
        _ = Checksum.Finish(packet);
        if (PacketHeaders.TryParseEmbedded(frame, in h, out PacketHeaders inner))
        {
            inner.End.ShouldBeLessThanOrEqualTo(h.End);
            HeaderRewrite.SetEmbeddedSource(frame, in h, ref inner, inner.Destination);
            HeaderRewrite.SetEmbeddedDestinationPort(frame, in h, ref inner, 9);
            HeaderRewrite.SetEmbeddedIcmpId(frame, in h, ref inner, 9);
        }

        if (h.IsIp)
        {
            HeaderRewrite.SetSource(frame, ref h, h.Destination, false);
            HeaderRewrite.SetSourcePort(frame, ref h, 1, false);
            HeaderRewrite.DecrementTtl(frame, ref h);
        }
    }

    private static IEnumerable<byte[]> Errors()
    {
        foreach ((string name, byte[] frame) in Frames.All().Where(f => f.Name is not ("arp" or "vlan")))
        {
            PacketHeaders h = Frames.Parsed(frame);
            PacketBuffer answer = new();
            IcmpError.TryBuild(IcmpErrorKind.TtlExceeded, frame, in h, h.Destination, Frames.MacB, 0, answer).ShouldBeTrue(name);
            yield return answer.Span.ToArray();
        }
    }

    private static IEnumerable<byte[]> NeighborFrames()
    {
        RouterAdvertisement message = new()
        {
            SourceLinkLayer = Frames.MacA,
            Mtu = 1442,
            Prefixes = [new AdvertisedPrefix(IpPrefix.Parse("2001:db8::/64", null), true, true, 9, 9)],
        };
        byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
        message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
        NeighborMessage.Seal(frame, new FrameEnds(Frames.MacA, Frames.MacB, IpAddress.Parse("fe80::1"), IpAddress.Parse("ff02::1")));
        yield return frame;
    }
}
