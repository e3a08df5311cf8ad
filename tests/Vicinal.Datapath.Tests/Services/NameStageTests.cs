using System.Text;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Tests.Services;

/// <summary>Internal names are answered at the port; everything else is an ordinary packet.</summary>
public sealed class NameStageTests
{
    private static readonly MacAddress s_elsewhere = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly IpAddress s_server = IpAddress.Parse("192.0.2.53");

    private readonly SimCloud _cloud = new();
    private readonly SimNode _node;
    private readonly SegmentRow _network;
    private readonly SimPort _closed;
    private readonly SimPort _other;

    public NameStageTests()
    {
        _node = _cloud.AddNode("c1", NodeMode.Dvr, null, settings => settings with { HasServices = true });
        _node.VerifiesTraces = true;
        _network = _cloud.AddNetwork();
        _closed = _cloud.AddPort(_network, _node, [_cloud.AddGroup()], "10.0.0.5/24");
        _other = _cloud.AddPort(_network, _node, [_cloud.AddGroup()], "10.0.0.6/24");
        _cloud.Put(
            new SubnetRow(_cloud.NewId(), _network.NetworkId, IpPrefix.Parse("10.0.0.0/24", null), null, true, [s_server], [], Ipv6Mode.None, Ipv6Mode.None),
            new NameRow(_other.Id, _network.NetworkId, "vm2.example.org", [_other.Address]));
    }

    [Fact]
    public void Questions_to_the_subnets_server_and_to_the_node_are_answered_whatever_the_filters_say()
    {
        foreach (IpAddress server in (IpAddress[])[s_server, ServiceAddress.Ipv4])
        {
            Ask(_closed, server, Question("VM2.example.org", DnsMessage.TypeA)).ShouldBeTrue();
        }

        _node.ToServiceFrames.ShouldBeEmpty();
    }

    [Fact]
    public void Other_names_and_other_networks_names_go_on_to_the_server_under_the_filters()
    {
        Ask(_closed, s_server, Question("www.example.org", DnsMessage.TypeA)).ShouldBeFalse();
        SegmentRow elsewhere = _cloud.AddNetwork();
        SimPort stranger = _cloud.AddPort(elsewhere, _node, [_cloud.AddGroup()], "10.0.0.5/24");
        _cloud.Put(new SubnetRow(_cloud.NewId(), elsewhere.NetworkId, IpPrefix.Parse("10.0.0.0/24", null), null, true, [s_server], [], Ipv6Mode.None, Ipv6Mode.None));
        Ask(stranger, s_server, Question("vm2.example.org", DnsMessage.TypeA)).ShouldBeFalse();
        _node.Node.Counters[DropReason.FilterEgress].ShouldBe(2);
    }

    [Fact]
    public void A_name_that_comes_later_is_answered_on_a_flow_that_went_to_the_server_before()
    {
        _closed.Change(row => row with { SecurityGroups = [_cloud.AddAllowAllGroup()] });
        Ask(_closed, s_server, Question("late.example.org", DnsMessage.TypeA)).ShouldBeFalse();
        Ask(_closed, s_server, Question("late.example.org", DnsMessage.TypeA)).ShouldBeFalse();
        _cloud.Put(new NameRow(_closed.Id, _network.NetworkId, "late.example.org", [_other.Address]));
        Ask(_closed, s_server, Question("late.example.org", DnsMessage.TypeA)).ShouldBeTrue();
    }

    /// <summary>CVE-2025-0650: a datagram that looks like a resolver's answer passed the filters.</summary>
    [Fact]
    public void A_datagram_that_looks_like_an_answer_gets_nothing_special()
    {
        byte[] answer = Question("vm2.example.org", DnsMessage.TypeA);
        answer[2] |= 0x80;
        FrameEnds ends = new(_closed.Mac, _other.Mac, _closed.Address, _other.Address);
        foreach ((ushort from, ushort to) in ((ushort, ushort)[])[(53, 5353), (53, 53), (5353, 53)])
        {
            _closed.Host.SendRaw(PacketBuilder.Udp(in ends, from, to, answer));
            _closed.Host.SendRaw(PacketBuilder.Udp(ends with { Destination = s_server }, from, to, answer));
        }

        _cloud.Run();
        _node.Delivered.ShouldBeEmpty();
        _node.Node.Counters[DropReason.FilterEgress].ShouldBe(6);
    }

    private bool Ask(SimPort port, IpAddress server, byte[] question)
    {
        _node.Delivered.Clear();
        port.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(port.Mac, s_elsewhere, port.Address, server), 5353, 53, question));
        _cloud.Run();
        foreach ((int device, byte[] frame) in _node.Delivered)
        {
            device.ShouldBe(_node.DeviceOf(port.Id));
            PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
            Checksum.IsTransportRight(frame, in h).ShouldBeTrue();
            if (h.Source == server && h.SourcePort == 53)
            {
                ReadOnlySpan<byte> message = frame.AsSpan(h.PayloadOffset..h.End);
                message[..2].SequenceEqual(question.AsSpan(0, 2)).ShouldBeTrue();
                message[^4..].SequenceEqual(new byte[] { 10, 0, 0, 6 }).ShouldBeTrue();
                return true;
            }
        }

        return false;
    }

    private static byte[] Question(string name, ushort type) =>
    [
        0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
        .. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0,
        (byte)(type >> 8), (byte)type, 0, 1,
    ];
}
