using Vicinal.Packets;

namespace Vicinal.Services.Tests;

/// <summary>Who asks whom in these tests, and how an answer is read back.</summary>
internal static class Answers
{
    public static readonly MacAddress Asker = MacAddress.Parse("fa:16:3e:00:00:0a");
    public static readonly MacAddress Owner = MacAddress.Parse("fa:16:3e:00:00:0b");
    public static readonly IpAddress Asker4 = IpAddress.Parse("10.0.0.5");
    public static readonly IpAddress Owner4 = IpAddress.Parse("10.0.0.1");
    public static readonly IpAddress Asker6 = IpAddress.Parse("2001:db8::5");
    public static readonly IpAddress Owner6 = IpAddress.Parse("2001:db8::1");

    public static PacketHeaders Parsed(ReadOnlySpan<byte> frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        Checksum.IsTransportRight(frame, in h).ShouldBeTrue();
        return h;
    }

    public static ArpMessage Arp(PacketBuffer packet)
    {
        ArpMessage.TryRead(packet.Span[EthernetHeader.Size..], out ArpMessage message).ShouldBeTrue();
        return message;
    }

    public static NeighborAdvertisement Advertisement(PacketBuffer packet)
    {
        NeighborAdvertisement.TryRead(packet.Span, Parsed(packet.Span), out NeighborAdvertisement message).ShouldBeTrue();
        return message;
    }

    public static PacketBuffer Solicitation(IpAddress source, IpAddress wanted)
    {
        PacketBuffer packet = new();
        if (source.IsUnspecified)
        {
            NeighborFrame.WriteProbe(packet, Asker, wanted);
        }
        else
        {
            NeighborFrame.WriteSolicitation(packet, Asker, source, wanted);
        }

        return packet;
    }
}
