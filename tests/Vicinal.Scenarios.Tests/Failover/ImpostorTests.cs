using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Vicinal.Gateways.Bfd;
using Vicinal.Gateways.Messages;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Lab.Tenants;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Failover;

/// <summary>
/// What nodes say to each other about gateways, said by others to the node that serves: BFD that its standby goes down, and a claim that the standby serves
/// under an epoch that no real one is newer than.
/// </summary>
public abstract class ImpostorTests(FailoverCloud cloud)
{
    private const ushort Bfd = 3784;
    private const ushort BfdMultihop = 4784;
    private const ushort Control = 6083;
    private const ushort Replication = 6084;

    [Fact]
    public void An_instance_reaches_no_agent_under_its_own_name_and_none_under_a_nodes() => ShouldChangeNothing((tenant, active, standby) =>
    {
        string inside = tenant["a"].Namespace;
        MacAddress router = RouterMac(tenant);
        foreach (IpAddress source in (IpAddress[])[tenant["a"].Address, AddressOf(standby)])
        {
            Send(inside, "eth0", new FrameEnds(tenant["a"].Mac, router, source, AddressOf(active)), tenant, byte.MaxValue);
        }

        // Behind them in the same queues.
        PingProbe.Run(inside, cloud.Cloud.Plan.Internet).ShouldContain(reply => reply != null);
    }, strangers: 0);

    [Fact]
    public void A_host_on_the_external_segment_is_not_heard_under_a_nodes_address() => ShouldChangeNothing((tenant, active, standby) =>
        Send(
            cloud.Cloud.Namespace("internet"), FabricScript.ExternalNic,
            new FrameEnds(MacOf("internet", FabricScript.ExternalNic), MacOf(active, FabricScript.ExternalNic), AddressOf(standby), AddressOf(active)), tenant, byte.MaxValue),
        strangers: 4);

    [Fact]
    public void A_host_on_the_underlay_that_is_no_node_is_counted_and_not_heard() => ShouldChangeNothing((tenant, active, _) =>
        Send(cloud.Cloud.Namespace("server"), FabricScript.UnderlayNic, FromServer(active, cloud.Cloud.Plan.ServerAddress), tenant, byte.MaxValue),
        strangers: 4);

    [Fact]
    public void BFD_that_a_router_was_on_the_way_of_is_not_that_of_a_node_one_hop_away() => ShouldChangeNothing((tenant, active, standby) =>
    {
        long before = Datagrams(active, "wrong_hop_limit");
        RawFrame.Send(
            cloud.Cloud.Namespace("server"), FabricScript.UnderlayNic,
            PacketBuilder.Udp(FromServer(active, AddressOf(standby)), 49152, Bfd, Farewell(), ttl: 254));
        FailoverCloud.WaitFor("it to be counted", () => Datagrams(active, "wrong_hop_limit") == before + 1);
    }, strangers: 0);

    private void ShouldChangeNothing(Action<RoutedTenant, string, string> say, int strangers)
    {
        using RoutedTenant tenant = cloud.Tenant();
        using GatewayTraffic traffic = new(cloud.Cloud, tenant);
        (string active, string standby) = cloud.WaitSettled(tenant);
        FailoverCloud.WaitFor("BFD to be up", () => Session(active, standby)["state"]!.ToString() == "up");
        NodeGateway before = cloud.RoleAt(active, tenant).ShouldNotBeNull();
        int downs = (int)Session(active, standby)["downs"]!;
        long heard = Datagrams(active, "from_strangers");

        say(tenant, active, standby);

        // One more, whose effect is known, comes after all of them.
        RawFrame.Send(
            cloud.Cloud.Namespace("server"), FabricScript.UnderlayNic,
            PacketBuilder.Udp(FromServer(active, cloud.Cloud.Plan.ServerAddress), 49152, Control, Claim(tenant)));
        FailoverCloud.WaitFor("all to have arrived", () => Datagrams(active, "from_strangers") > heard + strangers);
        Datagrams(active, "from_strangers").ShouldBe(heard + strangers + 1);
        cloud.RoleAt(active, tenant).ShouldBe(before);
        ((int)Session(active, standby)["downs"]!).ShouldBe(downs);
        traffic.Flows();
        cloud.WaitSettled(tenant).ShouldBe((active, standby));
        traffic.ShouldHaveKeptConnections();
    }

    /// <summary>To every port that agents listen on.</summary>
    private static void Send(string networkNamespace, string nic, FrameEnds ends, RoutedTenant tenant, byte ttl)
    {
        foreach (ushort port in (ushort[])[Bfd, BfdMultihop])
        {
            RawFrame.Send(networkNamespace, nic, PacketBuilder.Udp(ends, 49152, port, Farewell(), ttl));
        }

        foreach (ushort port in (ushort[])[Control, Replication])
        {
            RawFrame.Send(networkNamespace, nic, PacketBuilder.Udp(ends, port, port, Claim(tenant), ttl));
        }
    }

    private static byte[] Farewell()
    {
        byte[] packet = new byte[BfdPacket.Size];
        new BfdPacket(BfdState.AdminDown, BfdDiagnostic.AdministrativelyDown, false, false, 3, 4711, 0, 10_000, 10_000).Write(packet);
        return packet;
    }

    /// <summary>Version 1, one entry, of a later process than any: the router under the last of all epochs.</summary>
    private static byte[] Claim(RoutedTenant tenant)
    {
        byte[] message = new byte[16 + 8 + 24];
        message[0] = 1;
        message[1] = (byte)MessageKind.Claim;
        message[2] = 1;
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), long.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(20), 1);
        Guid.Parse(tenant.Router).TryWriteBytes(message.AsSpan(24), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(40), ulong.MaxValue);
        return message;
    }

    private FrameEnds FromServer(string active, IpAddress source) =>
        new(MacOf("server", FabricScript.UnderlayNic), MacOf(active, FabricScript.UnderlayNic), source, AddressOf(active));

    private JsonNode Session(string node, string other) => AgentSocket.Get(cloud.Cloud.StateOf(node), "gateways")["bfd"]!.AsArray().First(peer => (string?)peer!["host"] == other)!;

    private long Datagrams(string node, string which) => (long)AgentSocket.Get(cloud.Cloud.StateOf(node), "gateways")["datagrams"]![which]!;

    private IpAddress AddressOf(string node) => cloud.Cloud.Plan.UnderlayAddress(cloud.Cloud.Plan.Nodes.First(known => known.Name == node));

    private MacAddress RouterMac(RoutedTenant tenant) => MacAddress.Parse(
        (string)cloud.Cloud.Neutron.List("ports", $"device_id={tenant.Router}")
            .First(port => port["fixed_ips"]!.AsArray().Any(ip => (string)ip!["ip_address"]! == tenant.RouterAddress("a", false).ToString()))["mac_address"]!, null);

    private MacAddress MacOf(string member, string nic) => MacAddress.Parse(
        IpCommand.Run("-n", cloud.Cloud.Namespace(member), "-o", "link", "show", nic).Split("link/ether ")[1][..17], null);
}
