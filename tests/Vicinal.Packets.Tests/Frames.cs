namespace Vicinal.Packets.Tests;

/// <summary>The frames that many tests start from.</summary>
internal static class Frames
{
    public static readonly MacAddress MacA = MacAddress.Parse("fa:16:3e:00:00:0a");
    public static readonly MacAddress MacB = MacAddress.Parse("fa:16:3e:00:00:0b");

    public static readonly FrameEnds V4 = new(MacA, MacB, IpAddress.Parse("10.0.0.5"), IpAddress.Parse("192.0.2.9"));
    public static readonly FrameEnds V6 = new(MacA, MacB, IpAddress.Parse("2001:db8::5"), IpAddress.Parse("2001:db8:1::9"));

    public static readonly byte[] Payload = [.. Enumerable.Range(0, 37).Select(i => (byte)((i * 7) + 3))];

    public static TcpHeader Segment(TcpFlags flags = TcpFlags.Ack, uint sequence = 1000) => new()
    {
        SourcePort = 40000,
        DestinationPort = 443,
        Sequence = sequence,
        Acknowledgment = 77,
        Flags = flags,
        Window = 501,
    };

    /// <summary>One of each protocol that the parser goes into, named.</summary>
    public static IEnumerable<(string Name, byte[] Frame)> All()
    {
        foreach (FrameEnds ends in new[] { V4, V6 })
        {
            string family = ends.Source.IsIpv4 ? "v4" : "v6";
            yield return ("udp-" + family, PacketBuilder.Udp(in ends, 5000, 53, Payload));
            yield return ("tcp-" + family, PacketBuilder.Tcp(in ends, Segment(), Payload));
            yield return ("tcp-options-" + family, PacketBuilder.Tcp(in ends, Segment(), Payload, options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]));
            yield return ("echo-" + family, PacketBuilder.EchoRequest(in ends, 77, 1, Payload));
        }

        yield return ("arp", PacketBuilder.ArpRequest(MacA, V4.Source, V4.Destination));
        yield return ("vlan", PacketBuilder.Tagged(PacketBuilder.Udp(in V4, 5000, 53, Payload), new VlanTag(3, false, 101)));
    }

    public static PacketHeaders Parsed(ReadOnlySpan<byte> frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return h;
    }
}
