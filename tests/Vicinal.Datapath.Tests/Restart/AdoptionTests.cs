using System.Runtime.InteropServices;
using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Restart;

/// <summary>
/// An agent is killed and another goes on: with the flows that the mirror still replays and with the connections of the journal. What
/// is still allowed keeps its action, its NAT port included; what is not is refused.
/// </summary>
public sealed class AdoptionTests
{
    private readonly RoutedCloud _cloud = new();
    private readonly SimProcess _c1;
    private readonly SimProcess _g1;

    public AdoptionTests()
    {
        _c1 = new SimProcess(_cloud.C1, _cloud.Cloud);
        _g1 = new SimProcess(_cloud.G1, _cloud.Cloud);
        _c1.Start();
        _g1.Start();
        _cloud.Internet.EchoesUdp = true;
    }

    [Fact]
    public void Routed_tcp_between_nodes_goes_on_in_both_directions()
    {
        Connect(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        Connect(_cloud.C.Host, _cloud.A.Host, 6000, 22);
        _c1.Mirror.Flows.Count.ShouldBe(4);
        RestartIsSeamless(_c1, _cloud.C1, 4, 2);
        Talk(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        _cloud.C1.Node.Counters.CacheHits.ShouldBe(2);
    }

    [Fact]
    public void Ipv6_goes_on_routed_and_to_the_outside()
    {
        IpAddress c = IpAddress.Parse("2001:db8:2::5");
        IpAddress outside = IpAddress.Parse("2001:db8:ffff::200");
        for (int i = 0; i < 2; i++)
        {
            _cloud.Pings(_cloud.A.Host, c).ShouldBeTrue();
            _cloud.Pings(_cloud.A.Host, outside).ShouldBeTrue();
        }

        RestartIsSeamless(_c1, _cloud.C1, 4, 2);
        RestartIsSeamless(_g1, _cloud.G1, 2, 0);
        _cloud.Pings(_cloud.A.Host, c).ShouldBeTrue();
        _cloud.Pings(_cloud.A.Host, outside).ShouldBeTrue();
    }

    [Fact]
    public void Translated_connections_keep_their_ports_also_where_these_collided()
    {
        Exchange(_cloud.A.Host, 4000);
        Exchange(_cloud.B.Host, 4000);
        Exchange(_cloud.A.Host, 4000);
        Exchange(_cloud.B.Host, 4000);
        ushort[] ports = Ports();
        ports.Length.ShouldBe(2);
        RestartIsSeamless(_g1, _cloud.G1, 4, 2);

        _cloud.Internet.Inbox.Clear();
        Exchange(_cloud.B.Host, 4000);
        Exchange(_cloud.A.Host, 4000);
        Ports().ShouldBe(ports);
        _cloud.G1.Node.Counters.CacheHits.ShouldBe(4);
    }

    [Fact]
    public void Translated_ports_are_kept_by_connections_that_had_no_flows_any_more()
    {
        Exchange(_cloud.A.Host, 4000);
        Exchange(_cloud.B.Host, 4000);
        ushort[] ports = Ports();
        foreach (FlowKey key in _g1.Mirror.Flows.Keys.ToArray())
        {
            _g1.Mirror.Delete(in key);
        }

        _g1.Kill();
        _g1.Start().ShouldBe(new RestoredConnections(2, 0, 0));
        _cloud.Internet.Inbox.Clear();
        Exchange(_cloud.B.Host, 4000);
        Exchange(_cloud.A.Host, 4000);
        Ports().ShouldBe(ports);
    }

    [Fact]
    public void A_floating_ip_goes_on_in_both_directions()
    {
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        Connect(_cloud.A.Host, _cloud.Internet, 5000, 80);
        RestartIsSeamless(_c1, _cloud.C1, 2, 1);
        _cloud.Forget();
        Talk(_cloud.A.Host, _cloud.Internet, 5000, 80, IpAddress.Parse("198.51.100.10"));
        _cloud.C1.Node.Counters.CacheHits.ShouldBe(2);
    }

    [Fact]
    public void A_floating_ip_that_moved_meanwhile_is_refused()
    {
        StaticNatRow nat = _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        Connect(_cloud.A.Host, _cloud.Internet, 5000, 80);
        Connect(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        _c1.Kill();
        _cloud.Cloud.Put(nat with { FixedAddress = _cloud.C.Address, PortId = _cloud.C.Id, PortNetworkId = _cloud.Net2.NetworkId, OwnerHost = "c2" });
        _cloud.Run();
        Dictionary<FlowKey, FlowAction> before = Actions(_c1);
        _c1.Start();
        Dictionary<FlowKey, Adoption> outcome = _c1.Adopt();

        // From outside it is another node's; from inside the flow goes by the gateway now, where its connection is not known.
        outcome.Single(o => o.Key.InputKind == FlowInputKind.Physical).Value.ShouldBe(Adoption.Refused);
        FlowKey outward = outcome.Single(o => o.Key.InputKind == FlowInputKind.LocalPort && o.Key.Destination == _cloud.Internet.Address).Key;
        _c1.Mirror.Flows[outward].Action.OutputKind.ShouldBe(FlowOutputKind.Tunnel);
        before[outward].OutputKind.ShouldBe(FlowOutputKind.Physical);
        outcome.Count(o => o.Key.Destination == _cloud.C.Address || o.Key.Source == _cloud.C.Address).ShouldBe(2);
        outcome.Where(o => o.Key.Destination == _cloud.C.Address || o.Key.Source == _cloud.C.Address).ShouldAllBe(o => o.Value == Adoption.Adopted);
    }

    [Fact]
    public void A_rule_that_went_meanwhile_refuses_what_it_allowed_and_nothing_else()
    {
        Guid group = _cloud.Cloud.AddOpenGroup(new SimRule(FilterDirection.Ingress, false, IpProtocol.Tcp, 22, 22));
        FilterRuleRow web = _cloud.Cloud.AddRule(group, new SimRule(FilterDirection.Ingress, false, IpProtocol.Tcp, 80, 80));
        _cloud.A.Change(p => p with { SecurityGroups = [group] });
        Connect(_cloud.C.Host, _cloud.A.Host, 6000, 22);
        Connect(_cloud.C.Host, _cloud.A.Host, 6000, 80);
        Connect(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        _c1.Kill();
        _cloud.Cloud.Remove(web);
        _c1.Start().Restored.ShouldBe(3);
        Dictionary<FlowKey, Adoption> outcome = _c1.Adopt();
        outcome.Count.ShouldBe(6);
        foreach ((FlowKey key, Adoption adoption) in outcome)
        {
            bool wasWeb = key is { SourcePort: 6000, DestinationPort: 80 } or { SourcePort: 80, DestinationPort: 6000 };
            adoption.ShouldBe(wasWeb ? Adoption.Refused : Adoption.Adopted, key.ToString());
        }

        _c1.Mirror.Flows.Count.ShouldBe(4);
    }

    [Fact]
    public void Adopting_sends_counts_and_begins_nothing()
    {
        Connect(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        _c1.Kill();
        _c1.Start();
        _cloud.Forget();
        string before = Counts(_cloud.C1.Node);
        _c1.Mirror.Flows.Keys.ToArray().ShouldAllBe(key => _c1.Adopt(in key) == Adoption.Adopted);
        _cloud.Run();
        _cloud.C1.Outputs.ShouldBeEmpty();
        Counts(_cloud.C1.Node).ShouldBe(before);
        Connection connection = _cloud.C1.Node.Connections.ShouldHaveSingleItem();
        (connection.OriginalPackets, connection.ReplyPackets).ShouldBe((0, 0));
        connection.TcpState.ShouldBe(TcpState.Established);
    }

    [Fact]
    public void A_flow_whose_connection_nobody_knows_any_more_is_refused_and_its_next_packet_decides()
    {
        Connect(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        _c1.Kill();
        Array.Clear(_c1.Journal.Records);
        _c1.Start().ShouldBe(default);
        _c1.Adopt().Values.ShouldAllBe(a => a == Adoption.Refused);
        _cloud.C1.Node.ConnectionCount.ShouldBe(0);
        _c1.Mirror.Flows.ShouldBeEmpty();
        Talk(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        _c1.Mirror.Flows.Count.ShouldBe(2);
    }

    [Fact]
    public void A_flow_waits_for_its_neighbour_with_one_question_and_keeps_its_entry_meanwhile()
    {
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        Connect(_cloud.A.Host, _cloud.Internet, 5000, 80);
        Connect(_cloud.A.Host, _cloud.Internet, 5001, 80);
        _c1.Kill();
        _c1.Start();
        FlowKey[] outward = [.. _c1.Mirror.Flows.Keys.Where(k => k.InputKind == FlowInputKind.LocalPort)];
        outward.Length.ShouldBe(2);
        _cloud.Forget();
        outward.ShouldAllBe(key => _c1.Adopt(in key) == Adoption.Later);
        outward.ShouldAllBe(key => _c1.Mirror.Flows.ContainsKey(key));
        _cloud.C1.Node.Tick(_cloud.Cloud.Fabric.Now);
        _cloud.C1.Transmitted.Count(t => IsRequest(t.Frame)).ShouldBe(1);
        _cloud.Run();
        outward.ShouldAllBe(key => _c1.Adopt(in key) == Adoption.Adopted);
    }

    [Fact]
    public void A_flow_goes_on_to_the_neighbours_former_mac_while_everybody_is_asked_whether_it_still_holds()
    {
        MacAddress replaced = MacAddress.Parse("02:00:00:5e:00:99", null);
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        Connect(_cloud.A.Host, _cloud.Internet, 5000, 80);
        _c1.Kill();
        _c1.Start();
        FlowKey outward = _c1.Mirror.Flows.Keys.Single(k => k.InputKind == FlowInputKind.LocalPort);
        _cloud.Forget();
        _c1.Adopt(in outward, replaced).ShouldBe(Adoption.Adopted);
        _c1.Mirror.Flows[outward].Action.DestinationMac.Value.ShouldBe(replaced, "at once, with what the predecessor knew");
        _cloud.C1.Node.Tick(_cloud.Cloud.Fabric.Now);
        byte[] question = _cloud.C1.Transmitted.Single(t => IsRequest(t.Frame)).Frame;
        question.AsSpan(0, 6).ToArray().ShouldAllBe(octet => octet == 0xFF, "to everybody: it may be another's now");
        _cloud.Run();
        _cloud.Forget();
        _cloud.A.Host.SendTcp(_cloud.Internet.Address, 5000, 80, TcpFlags.Ack, 2, 101);
        _cloud.Run();
        _c1.Mirror.Flows[outward].Action.DestinationMac.Value.ShouldNotBe(replaced, "the answer came from another");
    }

    [Fact]
    public void A_neighbour_that_is_gone_refuses_the_flow_in_the_end()
    {
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        Connect(_cloud.A.Host, _cloud.Internet, 5000, 80);
        _c1.Kill();
        _cloud.Internet.Transmit = _ => { };
        _c1.Start();
        FlowKey outward = _c1.Mirror.Flows.Keys.Single(k => k.InputKind == FlowInputKind.LocalPort);
        _c1.Adopt(in outward).ShouldBe(Adoption.Later);
        _cloud.Cloud.Fabric.Advance(3500);
        _c1.Adopt(in outward).ShouldBe(Adoption.Refused);
    }

    [Fact]
    public void Connections_of_what_is_gone_or_translates_otherwise_are_skipped_and_cleared()
    {
        Exchange(_cloud.A.Host, 4000);
        Connect(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        _g1.Kill();
        _c1.Kill();
        _cloud.Router.SetGateway(_cloud.External, ["198.51.100.3/24"], ["198.51.100.1"], true, "g1");
        _cloud.A.Delete();
        _g1.Start().ShouldBe(new RestoredConnections(0, 1, 0));
        _c1.Start().ShouldBe(new RestoredConnections(0, 2, 0));
        _g1.Journal.Records.ShouldAllBe(r => r.IsEmpty);
        _c1.Journal.Records.ShouldAllBe(r => r.IsEmpty);
        _c1.Adopt().Values.ShouldAllBe(a => a == Adoption.Refused);
    }

    [Fact]
    public void A_torn_record_is_skipped_and_the_others_are_restored_in_place()
    {
        for (ushort port = 5000; port < 5020; port++)
        {
            Connect(_cloud.A.Host, _cloud.C.Host, port, 80);
        }

        _c1.Kill();
        _c1.Journal.Records[7].OriginalSourcePort ^= 1;
        ConnectionTuple[] whole = [.. _c1.Journal.Sound.Select(r => r.Original)];
        _c1.Start().ShouldBe(new RestoredConnections(19, 0, 1));
        _c1.Journal.Sound.Select(r => r.Original).ShouldBe(whole);
        _c1.Journal.Records.Count(r => !r.IsEmpty).ShouldBe(19);
        _c1.Adopt().Values.Count(a => a == Adoption.Refused).ShouldBe(2);

        // And again: what was restored is in the journal of the next.
        _c1.Kill();
        _c1.Start().ShouldBe(new RestoredConnections(19, 0, 0));
    }

    [Fact]
    public void Keys_that_no_packet_has_are_refused()
    {
        Connect(_cloud.A.Host, _cloud.C.Host, 5000, 80);
        FlowKey key = _c1.Mirror.Flows.Keys.First(k => k.InputKind == FlowInputKind.LocalPort);
        _c1.Kill();
        _c1.Start();
        Node node = _cloud.C1.Node;
        FlowKey[] bad =
        [
            default, key with { InputKind = FlowInputKind.Host }, key with { InputKind = FlowInputKind.Physical, InputIndex = 99 },
            key with { InputKind = FlowInputKind.Tunnel }, key with { Source = IpAddress.Parse("2001:db8::1") }, key with { Reserved = 1 },
            key with { EtherType = EtherType.Arp }, key with { InputIndex = uint.MaxValue }, key with { Protocol = IpProtocol.Icmp },
        ];
        foreach (FlowKey b in bad)
        {
            FlowKey one = b;
            node.AdoptFlow(in one, default, default, _cloud.Cloud.Fabric.Now, out _).ShouldBe(Adoption.Refused, b.ToString());
        }
    }

    /// <summary>Kill, start, adopt: every connection and every flow goes on, with the action it had.</summary>
    private void RestartIsSeamless(SimProcess process, SimNode node, int flows, int connections)
    {
        process.Kill();
        Dictionary<FlowKey, FlowAction> before = Actions(process);
        before.Count.ShouldBe(flows);
        process.Start().ShouldBe(new RestoredConnections(connections, 0, 0));
        process.Adopt().ShouldAllBe(o => o.Value == Adoption.Adopted);
        Dictionary<FlowKey, FlowAction> after = Actions(process);
        after.Keys.Select(Unnumbered).ShouldBe(before.Keys.Select(Unnumbered), true);
        foreach ((FlowKey key, FlowAction action) in before)
        {
            FlowAction now = after.Single(a => Unnumbered(a.Key) == Unnumbered(key)).Value;
            Bytes(now).SequenceEqual(Bytes(action)).ShouldBeTrue($"{node.Host}: {key}");
            process.Mirror.IsCurrent(process.Mirror.Flows[after.Keys.Single(k => Unnumbered(k) == Unnumbered(key))].Action).ShouldBeTrue();
        }
    }

    /// <summary>A peer's number is its process's own.</summary>
    private static FlowKey Unnumbered(FlowKey key) => key with { InputPeer = key.InputPeer & 7 };

    /// <summary>Without what another process has other numbers for. The outer source port is a hash with such a number in it.</summary>
    private static byte[] Bytes(FlowAction action)
    {
        FlowAction plain = action with { Connections = default, Generations = default, VerifiedAt = 0, TunnelSourcePort = 0 };
        return MemoryMarshal.AsBytes(new ReadOnlySpan<FlowAction>(in plain)).ToArray();
    }

    private static Dictionary<FlowKey, FlowAction> Actions(SimProcess process) =>
        process.Mirror.Flows.ToDictionary(f => f.Key, f => f.Value.Action);

    private static string Counts(Node node) => string.Join(
        ",", Enum.GetValues<DropReason>().Select(r => node.Counters[r]).Concat(Enum.GetValues<Disposition>().Select(d => node.Counters[d]))
            .Append(node.Counters.Received).Append(node.Ports.Sum(p => p.Counters[Disposition.Tunnelled])));

    private static bool IsRequest(byte[] frame) =>
        PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok && h.IsArp && h.ArpOperation == ArpMessage.Request && h.Source != h.Destination;

    private void Connect(SimHost client, SimHost server, ushort from, ushort to)
    {
        client.SendTcp(server.Address, from, to, TcpFlags.Syn, 1);
        _cloud.Run();
        PacketHeaders syn = server.Inbox[^1].Headers;
        server.SendTcp(syn.Source, to, syn.SourcePort, TcpFlags.Syn | TcpFlags.Ack, 100, 2);
        _cloud.Run();
        for (int i = 0; i < 2; i++)
        {
            Talk(client, server, from, to, syn.Source);
        }
    }

    private void Talk(SimHost client, SimHost server, ushort from, ushort to, IpAddress? seen = null)
    {
        client.SendTcp(server.Address, from, to, TcpFlags.Ack, 2, 101);
        server.SendTcp(seen ?? client.Address, to, from, TcpFlags.Ack, 101, 2);
        _cloud.Run();
    }

    private void Exchange(SimHost host, ushort port)
    {
        int before = host.Inbox.Count;
        host.SendUdp(_cloud.Internet.Address, port, 53);
        _cloud.Run();
        host.Inbox.Count.ShouldBe(before + 1);
    }

    /// <summary>The ports that the outside saw, by what was inside.</summary>
    private ushort[] Ports() => [.. _cloud.Internet.Inbox.Select(r => r.Headers.SourcePort).Distinct().Order()];
}
