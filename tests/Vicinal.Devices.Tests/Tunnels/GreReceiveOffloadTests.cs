using Vicinal.Devices.Tests.Support;
using Vicinal.Devices.Tunnels;
using Vicinal.Packets;
using static Vicinal.Devices.Tests.Tunnels.GreSocketTests;

namespace Vicinal.Devices.Tests.Tunnels;

/// <summary>Apart from the other tests of the socket: a tap needs more privilege than they do.</summary>
[Collection(NetworkCollection.Name)]
public sealed class GreReceiveOffloadTests
{
    [Fact]
    public void Segments_that_were_joined_on_the_way_in_come_whole_with_how_to_cut_them()
    {
        // A tap stands for a NIC whose receive offload has joined three segments; not every kernel has one for GRE.
        using TestNamespace at = new("ggro");
        using TapDevice nic = at.Run(() => TapDevice.Open("tap0"));
        at.Route.SetUp("tap0");
        at.Route.AddAddress("tap0", Cable.AddressB, 24);
        using GreSocket b = Open(at, Cable.AddressB);
        byte[] joined = Segment(0, 2500);
        PacketBuffer frame = Buffer(Outer(new MacAddress(0x5254_0000_0001), nic.MacAddress, joined));
        int tcp = EthernetHeader.Size + Ipv4Header.Size + GreHeader.Size + EthernetHeader.Size + Ipv4Header.Size;
        frame.Offload = new Offload { Gso = GsoType.TcpV4, GsoSize = 1000, NeedsChecksum = true, ChecksumStart = (ushort)tcp, ChecksumOffset = 16, HeaderLength = (ushort)(tcp + 20) };
        nic.Send(new[] { frame });

        (byte[] bytes, TunnelArrival arrival, Offload offload) = Receive(b, 1).ShouldHaveSingleItem();
        bytes.ShouldBe(joined);
        arrival.Source.ShouldBe(Cable.AddressA);
        (offload.Gso, offload.GsoSize, offload.NeedsChecksum, offload.ChecksumOffset).ShouldBe((GsoType.TcpV4, (ushort)1000, true, (ushort)16));
        offload.ChecksumStart.ShouldBe((ushort)(GreHeader.Size + EthernetHeader.Size + Ipv4Header.Size), "the inner TCP header");
    }
}
