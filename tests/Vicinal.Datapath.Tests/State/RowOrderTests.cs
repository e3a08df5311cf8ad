using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.State;

/// <summary>What a node decides depends on the rows that are there, not on the order in which they came or on what was there before.</summary>
public sealed class RowOrderTests
{
    [Fact]
    public void Rows_in_any_order_make_the_same_node()
    {
        RoutedCloud cloud = Furnished();
        string expected = Decisions(cloud, cloud.C1.Node);
        for (int seed = 1; seed <= 20; seed++)
        {
            Random random = new(seed);
            Row[] rows = [.. cloud.Cloud.Rows];
            random.Shuffle(rows);
            Node node = Fresh(cloud, random.Next(2) == 0);
            foreach (Row row in rows)
            {
                node.Apply([new RowChange(row.Unit, row.Key, row)], 0);
            }

            Attach(cloud, node);
            Decisions(cloud, node).ShouldBe(expected, $"seed {seed}");
        }
    }

    [Fact]
    public void Rows_that_came_and_went_leave_no_trace()
    {
        RoutedCloud cloud = Furnished();
        string expected = Decisions(cloud, cloud.C1.Node);
        for (int seed = 1; seed <= 20; seed++)
        {
            Random random = new(seed);
            Row[] rows = [.. cloud.Cloud.Rows];
            Node node = Fresh(cloud, true);
            for (int i = 0; i < 500; i++)
            {
                Row row = rows[random.Next(rows.Length)];
                node.Apply([new RowChange(row.Unit, row.Key, random.Next(3) == 0 ? null : Variant(row, random))], 0);
            }

            random.Shuffle(rows);
            node.Apply([.. rows.Select(r => new RowChange(r.Unit, r.Key, r))], 0);
            Attach(cloud, node);

            // What a floating IP's former owner still does for it ends with time.
            node.Tick(5000);
            Decisions(cloud, node).ShouldBe(expected, $"seed {seed}");
        }
    }

    [Fact]
    public void When_all_rows_are_gone_nothing_is_owned_and_nothing_passes()
    {
        RoutedCloud cloud = Furnished();
        Node node = cloud.C1.Node;
        node.Owned.ShouldNotBeEmpty();
        cloud.Cloud.Remove([.. cloud.Cloud.Rows]);
        node.Owned.ShouldBeEmpty();
        node.Ports.ShouldBeEmpty();
        node.ConnectionCount.ShouldBe(0);
        byte[] frame = PacketBuilder.Udp(new FrameEnds(cloud.A.Mac, cloud.B.Mac, cloud.A.Address, cloud.B.Address), 1, 2, []);
        node.Trace(cloud.A.Source, frame, 0).DropReason.ShouldBe(DropReason.PortDown);
    }

    private static RoutedCloud Furnished()
    {
        RoutedCloud cloud = new();
        cloud.GiveFloatingIp("198.51.100.10", cloud.A);
        cloud.GiveFloatingIp("198.51.100.11", cloud.C);
        cloud.Cloud.AddPort(cloud.External, cloud.C1, [cloud.Open], "198.51.100.60/24>198.51.100.1");
        cloud.Cloud.Put(
            new RouteRow(cloud.Router.Id, IpPrefix.Parse("10.3.0.0/16"), cloud.C.Address),
            new RouteRow(cloud.Router.Id, IpPrefix.Parse("10.3.0.0/16"), cloud.B.Address));
        Guid group = cloud.Cloud.AddGroup(new SimRule(FilterDirection.Egress, false, IpProtocol.Tcp, 80, 90, "10.0.0.0/8"));
        cloud.Cloud.AddRule(group, new SimRule(FilterDirection.Egress, false, Group: group));
        cloud.Cloud.Put(new AddressSetMemberRow(group, cloud.B.Id, [IpPrefix.Host(cloud.B.Address)]));
        cloud.D.Change(d => d with { SecurityGroups = [group] });
        cloud.Run();
        return cloud;
    }

    /// <summary>The traces of packets from every port here to everywhere.</summary>
    private static string Decisions(RoutedCloud cloud, Node node)
    {
        List<string> lines = [];
        SimPort[] ports = [cloud.A, cloud.D];
        string[] targets =
        [
            "10.0.1.6", "10.0.2.5", "10.0.2.6", "10.0.1.1", "198.51.100.10", "198.51.100.11", "198.51.100.60", "198.51.100.200", "203.0.113.1",
            "10.3.0.9", "198.51.100.2",
        ];
        foreach (SimPort port in ports)
        {
            foreach (string target in targets)
            {
                IpAddress to = IpAddress.Parse(target);
                MacAddress router = port == cloud.A ? cloud.Router1.Mac : cloud.Router2.Mac;
                byte[] frame = PacketBuilder.Tcp(new FrameEnds(port.Mac, router, port.Address, to), 1000, 85, TcpFlags.Syn);
                TraceResult trace = node.Trace(PacketSource.LocalPort(cloud.C1.DeviceOf(port.Id)), frame, 0);
                lines.Add($"{port.Address} > {to}: {trace.Disposition} {trace.DropReason} "
                    + string.Join(" | ", trace.Steps.Select(s => s.What))
                    + string.Join(" ", trace.Outputs.Select(o => $"{o.Kind} {o.Remote} {Convert.ToHexString(o.Bytes.Span)}")));
            }
        }

        lines.Add(string.Join(" ", node.Owned.Select(o => o.ToString()).Order(StringComparer.Ordinal)));
        return string.Join("\n", lines);
    }

    private static Node Fresh(RoutedCloud cloud, bool attachFirst)
    {
        Node node = new(cloud.C1.Settings, new TraceOnly());
        if (attachFirst)
        {
            Attach(cloud, node);
        }

        return node;
    }

    private static void Attach(RoutedCloud cloud, Node node)
    {
        foreach (PortView port in cloud.C1.Node.Ports)
        {
            node.AttachPort(port.PortId, port.Device);
        }
    }

    private static Row Variant(Row row, Random random) => (row, random.Next(3)) switch
    {
        (SegmentRow segment, 0) => segment with { AdminUp = false, Mtu = 900 },
        (EndpointRow endpoint, 0) => endpoint with { Host = "g1" },
        (LocalPortRow port, 0) => port with { Host = "elsewhere" },
        (LocalPortRow port, 1) => port with { SecurityGroups = [] },
        (RouterRow router, 0) => router with { AdminUp = false, TransitVni = 77 },
        (RouterInterfaceRow port, 0) => port with { Mac = new MacAddress(0xAA) },
        (RouterRow router, 1) => router with { GatewayNodes = [new GatewayNode("c1", 1)] },
        (RouterRow router, 2) => router with { Distributed = false },
        (ExternalGatewayRow gateway, 0) => gateway with { EnableSnat = !gateway.EnableSnat },
        (StaticNatRow nat, 0) => nat with { OwnerHost = "c2" },
        (StaticNatRow nat, 2) => nat with { OwnerHost = null, AtGateway = true },
        (StaticNatRow nat, 1) => nat with { ExternalMac = new MacAddress(0xBB), FixedAddress = IpAddress.Parse("10.0.1.77") },
        (FilterRuleRow rule, 0) => rule with { RangeMin = 1, RangeMax = 2, Protocol = IpProtocol.Udp },
        (NodeRow node, 0) => node with { TunnelAddress = IpAddress.Parse("192.0.2.250") },
        (AddressSetMemberRow member, 0) => member with { Prefixes = [IpPrefix.Parse("192.0.2.0/24")] },
        _ => row,
    };

    private sealed class TraceOnly : IPacketOutput
    {
        public void ToPort(int device, PacketBuffer packet)
        {
        }

        public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
        {
        }

        public void ToPhysical(int index, PacketBuffer packet)
        {
        }

        public void ToHost(int index, PacketBuffer packet)
        {
        }
    }
}
