using Vicinal.Datapath.Flows;
using Vicinal.Devices;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>Address and port translation of packets whose checksums nobody has finished yet, between containers and virtual machines.</summary>
[Collection(KernelCollection.Name)]
public sealed class TranslationTests
{
    [Theory]
    [InlineData(AttachChoice.Tcx)]
    [InlineData(AttachChoice.Clsact)]
    public void Unfinished_packets_and_super_packets_arrive_as_the_executor_would_have_them(AttachChoice attach)
    {
        using WirePair pair = new(ipv4: true, attach);
        WireNode node = pair.Left;
        node.Path.Mode.ToString().ShouldBe(attach.ToString());
        (IFrameDevice Device, int Index)[] sources = [node.AddVeth("va"), node.AddTap("ta")];
        (IFrameDevice Device, int Index)[] targets = [node.AddVeth("vb"), node.AddTap("tb")];
        foreach (((IFrameDevice Device, int Index) source, (IFrameDevice Device, int Index) target) in sources.SelectMany(s => targets.Select(t => (s, t))))
        {
            foreach (PacketBuffer packet in Packets())
            {
                FlowInput input = new(FlowInputKind.LocalPort, (uint)source.Index);
                List<byte[]> expected = Traffic.OnTheWire(node.Decide(packet, input, Translated, new FlowOutput(FlowOutputKind.Port, (uint)target.Index)));
                source.Device.Send(packet).ShouldBeTrue();
                List<byte[]> arrived = target.Device.CollectOnTheWire(expected);
                string what = $"{source.Device.Name} to {target.Device.Name}: {Traffic.Parse(packet).Protocol} of {packet.Length}";
                arrived.Count.ShouldBe(expected.Count, what);
                arrived.ShouldBe(expected, what);
                arrived.ShouldAllBe(f => IsRight(f), what);
            }
        }

        node.Path.ReadCounters().Upcalls.ShouldBe(0);
        node.Path.ReadCounters().Failed.ShouldBe(0);
    }

    /// <summary>A tunnel of the guest's own with outer checksums (VXLAN over IPv6, or by choice): its kernel finishes the outer one and leaves the inner one open.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_finished_checksum_around_an_open_one_is_right_behind_a_translation(bool ipv4)
    {
        using WirePair pair = new(ipv4: true);
        (IFrameDevice source, int from) = pair.Left.AddVeth("va");
        (IFrameDevice target, int to) = pair.Left.AddVeth("vb");
        PacketBuffer open = Traffic.Udp(ipv4: true, 100);
        byte[] inner = open.Span.ToArray();
        byte[] finished = Traffic.OnTheWire(open)[0];
        PacketBuffer packet = new();
        packet.CopyFrom(PacketBuilder.Udp(Traffic.Ends(ipv4), 5000, 8472, [8, 0, 0, 0, 0, 0, 9, 0, .. finished]));
        FlowInput input = new(FlowInputKind.LocalPort, (uint)from);
        byte[] expected = pair.Left.Decide(packet, input, Translated, new FlowOutput(FlowOutputKind.Port, (uint)to)).Span.ToArray();
        int offset = packet.Length - inner.Length;
        inner.CopyTo(packet.Span[offset..]);
        packet.Offload = new Offload { NeedsChecksum = true, ChecksumStart = (ushort)(offset + 34), ChecksumOffset = UdpHeader.ChecksumOffset };
        source.Send(packet).ShouldBeTrue();
        PacketBuffer arrived = target.Collect(all => all.Count == 1).ShouldHaveSingleItem();
        arrived.Offload.NeedsChecksum.ShouldBeTrue();
        Traffic.OnTheWire(arrived)[0].ShouldBe(expected);
        IsRight(expected).ShouldBeTrue();
    }

    private static IEnumerable<PacketBuffer> Packets() =>
        from ipv4 in (bool[])[true, false]
        from size in (int[])[0, 100, 1201, 9000]
        from packet in (PacketBuffer[])[Traffic.Tcp(ipv4, size), Traffic.Udp(ipv4, size)]
        select packet;

    private static PacketHeaders Translated(PacketHeaders h)
    {
        h.DestinationMac = MacAddress.Parse("02:00:00:00:00:77");
        h.SourceMac = Traffic.Gateway;
        h.Source = IpAddress.Parse(h.IsIpv4 ? "203.0.113.9" : "2001:db8:9::9");
        h.SourcePort = 61_234;
        h.Ttl--;
        return h;
    }

    private static bool IsRight(byte[] frame) =>
        PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok && Checksum.IsTransportRight(frame, in h);
}
