using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>
/// A router becomes distributed, or centralized, while the floating IP of its instance is in use: switches learn late and rows reach nodes one after
/// the other, and nothing is lost for it.
/// </summary>
public sealed class LingerTests
{
    public static TheoryData<bool, string> Orders
    {
        get
        {
            TheoryData<bool, string> data = [];
            foreach (bool distributed in new[] { false, true })
            {
                foreach (string order in new[] { "c1 g1", "g1 c1" })
                {
                    data.Add(distributed, order);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Nothing_is_lost_whoever_hears_of_it_first_and_whatever_switches_have_learnt(bool distributed, string order)
    {
        GatewayCloud cloud = new(distributed);
        StaticNatRow nat = cloud.GiveFloatingIp("198.51.100.10", cloud.A);
        SimNode before = distributed ? cloud.C1 : cloud.G1;
        cloud.Pings(cloud.Internet, nat.ExternalAddress).ShouldBeTrue();
        cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue();

        // Switches send the floating IP's frames to its former place, and only there, until they hear it elsewhere.
        cloud.Cloud.Fabric.Learnt[nat.ExternalMac] = before;
        foreach (SimNode node in cloud.Nodes)
        {
            node.VerifiesTraces = false;
        }

        Row[] rows = Changed(cloud, nat, !distributed);
        foreach (string host in order.Split(' '))
        {
            Apply(cloud, cloud.Nodes.Single(n => n.Host == host), rows);
            for (ushort i = 1; i <= 3; i++)
            {
                cloud.Pings(cloud.Internet, nat.ExternalAddress, i).ShouldBeTrue($"in, after {host}");
                cloud.Internet.Inbox.Clear();
                cloud.Pings(cloud.A.Host, cloud.Internet.Address, i).ShouldBeTrue($"out, after {host}");
                cloud.Internet.Inbox[^1].Headers.Source.ShouldBe(nat.ExternalAddress);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_former_owner_answers_and_announces_nothing_and_shows_another_mac(bool distributed)
    {
        GatewayCloud cloud = new(distributed);
        StaticNatRow nat = cloud.GiveFloatingIp("198.51.100.10", cloud.A);
        SimNode before = distributed ? cloud.C1 : cloud.G1;
        cloud.Pings(cloud.Internet, nat.ExternalAddress).ShouldBeTrue();
        cloud.Forget();
        Apply(cloud, before, Changed(cloud, nat, !distributed));
        before.Node.Owned.ShouldContain(o => o.Mac == nat.ExternalMac, "its frames are not the host's yet");
        before.Receive(PacketSource.Physical(0), PacketBuilder.ArpRequest(cloud.Internet.Mac, cloud.Internet.Address, nat.ExternalAddress));
        cloud.Run();
        cloud.Advance(1900);
        cloud.Cloud.Fabric.Wire.Where(w => w.From == before.Host).ShouldAllBe(w => HeadersOf(w.Frame).SourceMac != nat.ExternalMac);
    }

    [Fact]
    public void It_ends_after_two_seconds_for_cached_flows_too()
    {
        GatewayCloud cloud = new(distributed: false);
        StaticNatRow nat = cloud.GiveFloatingIp("198.51.100.10", cloud.A);
        cloud.Pings(cloud.Internet, nat.ExternalAddress).ShouldBeTrue();
        Apply(cloud, cloud.G1, Changed(cloud, nat, true));
        long now = cloud.Cloud.Fabric.Now;
        byte[] frame = PacketBuilder.Udp(new FrameEnds(cloud.Internet.Mac, nat.ExternalMac, cloud.Internet.Address, nat.ExternalAddress), 4000, 53, []);
        for (int i = 0; i < 3; i++)
        {
            cloud.G1.Receive(PacketSource.Physical(0), frame);
            cloud.Run();
        }

        cloud.A.Host.Inbox.Count(r => r.Headers.Protocol == IpProtocol.Udp).ShouldBe(3);
        cloud.G1.Node.FlowViews.Select(f => f.Entry).Count(f => f.Action.Deadline == now + 2000 && f.Key.InputKind == FlowInputKind.Physical).ShouldBe(1);
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        cloud.G1.Node.Receive(PacketSource.Physical(0), packet, now + 2000);
        cloud.Run();
        cloud.A.Host.Inbox.Count(r => r.Headers.Protocol == IpProtocol.Udp).ShouldBe(3, "without a timer's help");
        cloud.Advance(2000);
        cloud.G1.Node.Owned.ShouldNotContain(o => o.Mac == nat.ExternalMac);
    }

    [Fact]
    public void Nobody_lingers_for_an_instance_that_moved_or_an_address_that_is_anothers()
    {
        GatewayCloud cloud = new(distributed: true);
        StaticNatRow nat = cloud.GiveFloatingIp("198.51.100.10", cloud.A);
        Row[] moves =
        [
            nat with { OwnerHost = "c2" },
            nat with { OwnerHost = null, AtGateway = true, FixedAddress = cloud.E.Address, PortId = cloud.E.Id },
            nat with { OwnerHost = null },
        ];
        foreach (Row move in moves)
        {
            cloud.Cloud.Put(move);
            cloud.C1.Node.Owned.ShouldNotContain(o => o.Mac == nat.ExternalMac);
            cloud.Cloud.Put(nat);
            cloud.C1.Node.Owned.ShouldContain(o => o.Mac == nat.ExternalMac);
        }
    }

    private static Row[] Changed(GatewayCloud cloud, StaticNatRow nat, bool distributed) =>
    [
        cloud.Router.Row with { Distributed = distributed },
        distributed ? nat with { OwnerHost = "c1", AtGateway = false } : nat with { OwnerHost = null, AtGateway = true },
    ];

    private static void Apply(GatewayCloud cloud, SimNode node, Row[] rows)
    {
        node.Node.Apply([.. rows.Select(r => new RowChange(r.Unit, r.Key, r))], cloud.Cloud.Fabric.Now);
        cloud.Run();
    }

    private static PacketHeaders HeadersOf(byte[] frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return h;
    }
}
