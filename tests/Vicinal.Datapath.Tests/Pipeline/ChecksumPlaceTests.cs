using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

/// <summary>A guest that leaves its checksum to a device names the place for it, and must not name one that was judged.</summary>
public sealed class ChecksumPlaceTests
{
    private readonly RoutedCloud _cloud = new();

    [Fact]
    public void A_checksum_where_the_transport_has_it_is_left_to_a_device()
    {
        PacketBuffer packet = Datagram(EthernetHeader.Size + Ipv4Header.Size, 6);
        Send(packet);
        _cloud.B.Host.Inbox.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(14, 12)]
    [InlineData(14, 16)]
    [InlineData(0, 0)]
    [InlineData(34, 0)]
    [InlineData(34, 4)]
    [InlineData(42, 2)]
    public void A_place_anywhere_else_is_a_forgery(int start, int offset)
    {
        Send(Datagram(start, offset));
        _cloud.B.Host.Inbox.ShouldBeEmpty();
        _cloud.C1.Node.Counters[DropReason.Malformed].ShouldBe(1);
    }

    private PacketBuffer Datagram(int start, int offset)
    {
        PacketBuffer packet = new();
        packet.CopyFrom(PacketBuilder.Udp(new FrameEnds(_cloud.A.Mac, _cloud.B.Mac, _cloud.A.Address, _cloud.B.Address), 4000, 5000, new byte[64]));
        packet.Offload.NeedsChecksum = true;
        (packet.Offload.ChecksumStart, packet.Offload.ChecksumOffset) = ((ushort)start, (ushort)offset);
        return packet;
    }

    private void Send(PacketBuffer packet)
    {
        _cloud.C1.Node.Receive(_cloud.A.Source, packet, _cloud.Cloud.Fabric.Now);
        _cloud.Run();
    }
}
