using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class GarbageTests
{
    [Fact]
    public void Damaged_truncated_and_random_frames_from_every_side_harm_nobody()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            Random random = new(seed);
            RoutedCloud cloud = new();
            cloud.GiveFloatingIp("198.51.100.10", cloud.A);
            cloud.Pings(cloud.A.Host, cloud.C.Address).ShouldBeTrue();
            foreach (SimHost host in new[] { cloud.A.Host, cloud.B.Host, cloud.C.Host, cloud.D.Host, cloud.Internet })
            {
                host.ExpectsDamage = true;
            }

            byte[][] seeds = Seeds(cloud);
            PacketSource[] sources = [cloud.A.Source, PacketSource.Tunnel(cloud.C2.Settings.TunnelAddress, 3), PacketSource.Physical(0), PacketSource.Host(0)];
            for (int i = 0; i < 3000; i++)
            {
                byte[] frame = [.. seeds[random.Next(seeds.Length)]];
                PacketSource source = sources[random.Next(sources.Length)];
                if (source.Kind == PacketSourceKind.Tunnel && random.Next(10) > 0)
                {
                    GeneveHeader header = new(random.Next(2) == 0 ? cloud.Net1.Vni : cloud.Router.Row.TransitVni, 1, 2);
                    byte[] tunnelled = [.. new byte[header.Size], .. frame];
                    header.Write(tunnelled);
                    frame = tunnelled;
                }

                for (int damage = random.Next(5); damage > 0; damage--)
                {
                    frame[random.Next(frame.Length)] = (byte)random.Next(256);
                }

                frame = random.Next(4) == 0 ? frame[..random.Next(frame.Length)] : frame;
                try
                {
                    cloud.C1.Node.Trace(in source, frame, cloud.Cloud.Fabric.Now);
                    cloud.C1.Receive(source, frame);
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"seed {seed}, packet {i} from {source.Kind}: {Convert.ToHexString(frame)}", e);
                }
            }

            cloud.Cloud.Fabric.Advance(2000);
            cloud.Pings(cloud.A.Host, cloud.D.Address).ShouldBeTrue($"seed {seed}");
        }
    }

    private static byte[][] Seeds(RoutedCloud c)
    {
        FrameEnds routed = new(c.A.Mac, c.Router1.Mac, c.A.Address, c.C.Address);
        IpAddress six = IpAddress.Parse("2001:db8:1::5");
        FrameEnds routed6 = routed with { Source = six, Destination = IpAddress.Parse("2001:db8:2::5") };
        byte[] large = PacketBuilder.Udp(routed, 1, 2, new byte[60]);
        PacketHeaders.Parse(large, out PacketHeaders h);
        return
        [
            PacketBuilder.Udp(routed, 1000, 53, new byte[30]),
            PacketBuilder.Tcp(routed, 1000, 80, TcpFlags.Syn),
            PacketBuilder.EchoRequest(routed, 1, 1, new byte[20]),
            PacketBuilder.EchoRequest(routed with { Destination = IpAddress.Parse("10.0.1.1") }, 1, 1, new byte[20]),
            PacketBuilder.EchoRequest(routed6, 1, 1, new byte[20]),
            PacketBuilder.Udp(routed6, 1000, 53, new byte[30]),
            PacketBuilder.ArpRequest(c.A.Mac, c.A.Address, c.B.Address),
            new Received(h, large).ErrorFrom(c.C.Host, IcmpErrorKind.PortUnreachable),
            PacketBuilder.Icmp(routed6, new IcmpHeader(Icmpv6Type.NeighborSolicitation, 0, 0, 0), new byte[24], 255),
            PacketBuilder.Udp(new FrameEnds(c.Internet.Mac, new MacAddress(0xFA_16_3E_D0_64_0AUL), c.Internet.Address, IpAddress.Parse("198.51.100.10")), 9, 9, []),
        ];
    }
}
