using System.Buffers.Binary;

namespace Vicinal.Packets.Tests;

public sealed class FragmenterTests
{
    [Fact]
    public void Ipv4_fragments_fit_the_mtu_and_make_up_the_packet() => Property.Holds(150, random =>
    {
        FrameEnds ends = new(Frames.MacA, Frames.MacB, random.Address(true), random.Address(true));
        byte[] frame = PacketBuilder.Udp(in ends, 1, 2, random.Bytes(random.Next(0, 9000)));
        int mtu = random.Next(68, 2000);
        PacketHeaders h = Frames.Parsed(frame);
        byte[] target = new byte[200_000];
        SegmentRun run = Ipv4Fragmenter.Write(frame, in h, mtu, 20, target);
        Reassemble(run, target, 20, mtu, in h).ShouldBe(frame[h.L4Offset..]);
    });

    [Fact]
    public void A_fragment_is_cut_further_with_its_own_offset_and_more_flag()
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, new Random(1).Bytes(4000));
        PacketHeaders h = Frames.Parsed(frame);
        byte[] first = new byte[20_000];
        SegmentRun run = Ipv4Fragmenter.Write(frame, in h, 1500, 0, first);
        List<(int Offset, byte[] Data)> pieces = [];
        bool ended = false;
        for (int i = 0; i < run.Count; i++)
        {
            byte[] fragment = run.Frame(first, 0, i).ToArray();
            byte[] second = new byte[20_000];
            SegmentRun inner = Ipv4Fragmenter.Write(fragment, Frames.Parsed(fragment), 600, 0, second);
            for (int j = 0; j < inner.Count; j++)
            {
                Span<byte> piece = inner.Frame(second, 0, j);
                PacketHeaders p = Frames.Parsed(piece);
                pieces.Add((p.FragmentOffset, piece[p.L4Offset..].ToArray()));
                ended.ShouldBeFalse();
                ended = !p.MoreFragments;
            }
        }

        ended.ShouldBeTrue();
        pieces.SelectMany(p => p.Data).ToArray().ShouldBe(frame[h.L4Offset..]);
    }

    [Fact]
    public void Options_that_are_not_to_be_copied_stay_in_the_first_fragment()
    {
        // Record route (7, not copied), then loose source route (131, copied), then the end.
        byte[] options = [7, 3, 4, 131, 3, 4, 0, 0];
        byte[] plain = PacketBuilder.Udp(in Frames.V4, 1, 2, new byte[100]);
        byte[] frame = [.. plain[..34], .. options, .. plain[34..]];
        frame[14] = 0x47;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(frame.Length - 14));
        frame.AsSpan(24, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum.Compute(frame.AsSpan(14, 28)));
        byte[] target = new byte[1000];
        SegmentRun run = Ipv4Fragmenter.Write(frame, Frames.Parsed(frame), 80, 0, target);
        run.Count.ShouldBe(3);
        run.Frame(target, 0, 0).Slice(34, 8).ToArray().ShouldBe(options);
        run.Frame(target, 0, 2).Slice(34, 8).ToArray().ShouldBe([1, 1, 1, 131, 3, 4, 0, 0]);
        Frames.Parsed(run.Frame(target, 0, 2)).HasOptions.ShouldBeTrue();
    }

    [Fact]
    public void A_packet_that_must_not_be_fragmented_is_not()
    {
        byte[] frame = PacketBuilder.Udp(in Frames.V4, 1, 2, new byte[3000]);
        PacketHeaders h = Frames.Parsed(frame);
        h.Flags |= HeaderFlags.DontFragment;
        Ipv4Fragmenter.Write(frame, in h, 1500, 0, new byte[9000]).Count.ShouldBe(0);
        h.Flags &= ~HeaderFlags.DontFragment;
        Ipv4Fragmenter.Write(frame, in h, 24, 0, new byte[9000]).Count.ShouldBe(0);
    }

    [Fact]
    public void Ipv6_fragments_fit_the_mtu_and_make_up_the_packet() => Property.Holds(100, random =>
    {
        FrameEnds ends = new(Frames.MacA, Frames.MacB, random.Address(false), random.Address(false));
        byte[] frame = PacketBuilder.EchoReply(in ends, 1, 2, random.Bytes(random.Next(0, 9000)));
        PacketHeaders h = Frames.Parsed(frame);
        byte[] target = new byte[100_000];
        SegmentRun run = Ipv6Fragmenter.Write(frame, in h, 1280, 77, 0, target);
        Reassemble(run, target, 0, 1280, in h).ShouldBe(frame[h.L4Offset..]);
        for (int i = 0; i < run.Count; i++)
        {
            PacketHeaders f = Frames.Parsed(run.Frame(target, 0, i));
            (f.FragmentId, f.Protocol).ShouldBe((77u, IpProtocol.Icmpv6));
        }
    });

    [Fact]
    public void Hop_by_hop_options_go_into_every_ipv6_fragment()
    {
        byte[] plain = PacketBuilder.EchoRequest(in Frames.V6, 1, 2, new byte[3000]);
        byte[] frame = [.. plain[..54], IpProtocol.Icmpv6, 0, 1, 4, 0, 0, 0, 0, .. plain[54..]];
        frame[20] = IpProtocol.HopByHop;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(18), (ushort)(frame.Length - 54));
        PacketHeaders h = Frames.Parsed(frame);
        byte[] target = new byte[10_000];
        SegmentRun run = Ipv6Fragmenter.Write(frame, in h, 1280, 5, 0, target);
        Reassemble(run, target, 0, 1280, in h).ShouldBe(frame[h.L4Offset..]);
        for (int i = 0; i < run.Count; i++)
        {
            Span<byte> fragment = run.Frame(target, 0, i);
            (fragment[20], fragment[54]).ShouldBe((IpProtocol.HopByHop, IpProtocol.Ipv6Fragment));
        }

        Ipv6Fragmenter.Write(run.Frame(target, 0, 0), Frames.Parsed(run.Frame(target, 0, 0)), 1280, 5, 0, new byte[9000]).Count.ShouldBe(0);
    }

    private static byte[] Reassemble(SegmentRun run, byte[] target, int reserve, int mtu, in PacketHeaders original)
    {
        run.Remaining.ShouldBe(0);
        List<byte> data = [];
        for (int i = 0; i < run.Count; i++)
        {
            Span<byte> fragment = run.Frame(target, reserve, i);
            PacketHeaders h = Frames.Parsed(fragment);
            (h.Source, h.Destination).ShouldBe((original.Source, original.Destination));
            h.L3Length.ShouldBeLessThanOrEqualTo(mtu);
            h.End.ShouldBe(fragment.Length);
            h.FragmentOffset.ShouldBe((ushort)data.Count);
            h.MoreFragments.ShouldBe(i < run.Count - 1);
            data.AddRange(fragment[h.L4Offset..]);
        }

        return [.. data];
    }
}
