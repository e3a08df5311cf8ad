using System.Buffers.Binary;
using System.Text;
using Vicinal.Forwarding;
using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;
using static Vicinal.Services.Tests.DhcpMessages;

namespace Vicinal.Services.Tests;

public sealed class DhcpResponderTests
{
    private static readonly byte[] s_everything = [1, 28, 3, 15, 6, 12, 26, 121, 249, 42, 67];

    private readonly PacketBuffer _answer = new();

    [Fact]
    public void A_discover_is_offered_the_ports_address_with_all_that_was_asked_for()
    {
        Ask(Request(DhcpMessageType.Discover, options: (55, s_everything)), Lease, _answer).ShouldBe(DhcpOutcome.Answered);
        PacketHeaders h = Parsed(_answer.Span);
        (h.Source, h.Destination, h.SourceMac, h.DestinationMac, h.SourcePort, h.DestinationPort)
            .ShouldBe((Gateway, Asker4, ServiceAddress.Mac, Asker, (ushort)67, (ushort)68));
        YourAddress().ShouldBe(Asker4);
        Dictionary<byte, byte[]> options = Options(_answer);
        options[53].ShouldBe([2]);
        options[54].ShouldBe(Gateway.Bytes());
        options[1].ShouldBe([255, 255, 255, 0]);
        options[28].ShouldBe([10, 0, 0, 255]);
        options[3].ShouldBe(Gateway.Bytes());
        options[6].ShouldBe([192, 0, 2, 53]);
        Encoding.ASCII.GetString(options[12]).ShouldBe("web");
        Encoding.ASCII.GetString(options[15]).ShouldBe("blue.example");
        BinaryPrimitives.ReadUInt16BigEndian(options[26]).ShouldBe((ushort)1442);
        BinaryPrimitives.ReadUInt32BigEndian(options[51]).ShouldBe(86400u);
        BinaryPrimitives.ReadUInt32BigEndian(options[58]).ShouldBe(43200u);
        BinaryPrimitives.ReadUInt32BigEndian(options[59]).ShouldBe(75600u);
        options[121].ShouldBe([0, 10, 0, 0, 1, 32, 169, 254, 169, 254, 10, 0, 0, 1, 12, 172, 16, 10, 0, 0, 9]);
        options[249].ShouldBe(options[121]);
        options.ShouldNotContainKey((byte)42);
    }

    [Fact]
    public void Without_a_router_the_node_is_the_server_and_its_services_are_on_the_link()
    {
        DhcpLease isolated = Lease with { Routed = false, Subnet = Subnet4 with { Gateway = null, DnsServers = default, HostRoutes = default } };
        Ask(Request(DhcpMessageType.Discover, options: (55, s_everything)), isolated, _answer).ShouldBe(DhcpOutcome.Answered);
        Parsed(_answer.Span).Source.ShouldBe(ServiceAddress.Ipv4);
        Dictionary<byte, byte[]> options = Options(_answer);
        options.ShouldNotContainKey((byte)3);
        options[6].ShouldBe(ServiceAddress.Ipv4.Bytes());
        options[121].ShouldBe([32, 169, 254, 169, 254, 0, 0, 0, 0]);
    }

    [Theory]
    [InlineData("10.0.0.5", DhcpMessageType.Ack)]
    [InlineData("10.0.0.6", DhcpMessageType.Nak)]
    public void A_request_for_the_ports_address_is_granted_and_one_for_another_refused(string wanted, DhcpMessageType expected)
    {
        IpAddress address = IpAddress.Parse(wanted);
        byte[][] requests =
        [
            Request(DhcpMessageType.Request, options: [(54, Gateway.Bytes()), (50, address.Bytes())]),
            Request(DhcpMessageType.Request, options: (50, address.Bytes())),
            Request(DhcpMessageType.Request, address),
        ];
        foreach (byte[] request in requests)
        {
            Ask(request, Lease, _answer).ShouldBe(DhcpOutcome.Answered);
            Options(_answer)[53].ShouldBe([(byte)expected]);
            YourAddress().ShouldBe(expected == DhcpMessageType.Ack ? Asker4 : IpAddress.Ipv4Any);
        }

        Options(_answer).ContainsKey(51).ShouldBe(expected == DhcpMessageType.Ack);
        Parsed(_answer.Span).Destination.ToString().ShouldBe(expected == DhcpMessageType.Ack ? wanted : "255.255.255.255");
    }

    [Fact]
    public void What_was_offered_before_a_router_came_or_went_can_still_be_taken()
    {
        byte[] request = Request(DhcpMessageType.Request, options: [(54, ServiceAddress.Ipv4.Bytes()), (50, Asker4.Bytes())]);
        Ask(request, Lease, _answer).ShouldBe(DhcpOutcome.Answered);
        Options(_answer)[53].ShouldBe([(byte)DhcpMessageType.Ack]);
    }

    [Fact]
    public void Another_servers_offer_a_release_and_a_decline_are_left_without_an_answer()
    {
        Ask(Request(DhcpMessageType.Request, options: [(54, [10, 0, 0, 77]), (50, Asker4.Bytes())]), Lease, _answer).ShouldBe(DhcpOutcome.Silent);
        Ask(Request(DhcpMessageType.Release, Asker4, options: (54, Gateway.Bytes())), Lease, _answer).ShouldBe(DhcpOutcome.Silent);
        Ask(Request(DhcpMessageType.Decline, options: [(54, Gateway.Bytes()), (50, Asker4.Bytes())]), Lease, _answer).ShouldBe(DhcpOutcome.Silent);
    }

    [Fact]
    public void An_inform_is_told_all_but_an_address()
    {
        Ask(Request(DhcpMessageType.Inform, Asker4, options: (55, s_everything)), Lease, _answer).ShouldBe(DhcpOutcome.Answered);
        YourAddress().ShouldBe(IpAddress.Ipv4Any);
        Parsed(_answer.Span).Destination.ShouldBe(Asker4);
        Options(_answer).ShouldNotContainKey((byte)51);
        Options(_answer)[6].ShouldBe([192, 0, 2, 53]);
    }

    [Fact]
    public void What_the_ports_owner_says_wins_and_cannot_change_the_protocol()
    {
        DhcpLease lease = Lease with
        {
            Instance = Instance with
            {
                Options =
                [
                    new DhcpOptionValue(false, 26, [0x05, 0x00]), new DhcpOptionValue(false, 42, [192, 0, 2, 1]), new DhcpOptionValue(false, 67, [.. "pxe.0"u8]),
                    new DhcpOptionValue(false, 54, [1, 2, 3, 4]), new DhcpOptionValue(true, 23, new IpAddress(1, 1).Bytes().ToValueList()),
                    new DhcpOptionValue(false, DhcpOptionValue.NextServer, [192, 0, 2, 9]),
                ],
            },
        };
        Ask(Request(DhcpMessageType.Discover, options: (55, [26])), lease, _answer).ShouldBe(DhcpOutcome.Answered);
        Dictionary<byte, byte[]> options = Options(_answer);
        options[26].ShouldBe([0x05, 0x00]);
        options[42].ShouldBe([192, 0, 2, 1]);
        options[54].ShouldBe(Gateway.Bytes());
        options.ShouldNotContainKey((byte)23);
        ReadOnlySpan<byte> message = Message();
        message[20..24].ToArray().ShouldBe([192, 0, 2, 9]);
        message[108..114].ToArray().ShouldBe([.. "pxe.0"u8, 0]);
    }

    [Fact]
    public void An_answer_is_never_longer_than_the_client_takes_whatever_it_should_say()
    {
        DhcpLease bomb = Lease with
        {
            Instance = Instance with { Options = Enumerable.Range(128, 100).Select(static i => new DhcpOptionValue(false, (ushort)i, Enumerable.Repeat((byte)i, 255).ToValueList())).ToValueList() },
        };
        foreach (int most in (int[])[1, 576, 900, 1500, 65535])
        {
            byte[] size = [(byte)(most >> 8), (byte)most];
            Ask(Request(DhcpMessageType.Discover, options: [(57, size), (55, [.. Enumerable.Range(0, 200).Select(static i => (byte)(i + 40)), 1, 3, 6, 121])]), bomb, _answer)
                .ShouldBe(DhcpOutcome.Answered);
            Parsed(_answer.Span).L3Length.ShouldBeLessThanOrEqualTo(Math.Clamp(most, 576, 1442));
            Options(_answer)[53].ShouldBe([2]);
            Options(_answer)[3].ShouldBe(Gateway.Bytes());
        }
    }

    [Fact]
    public void Who_asks_for_another_or_as_a_relay_hears_nothing()
    {
        Ask(Request(DhcpMessageType.Discover, mac: Owner), Lease, _answer).ShouldBe(DhcpOutcome.Foreign);
        byte[] relayed = Request(DhcpMessageType.Discover);
        relayed[14 + 20 + 8 + 24] = 10;
        Ask(relayed, Lease, _answer).ShouldBe(DhcpOutcome.Foreign);
    }

    [Fact]
    public void Truncated_and_broken_messages_are_refused()
    {
        byte[] whole = Request(DhcpMessageType.Discover, options: (55, s_everything));
        int header = 14 + 20 + 8;
        for (int length = 0; length < 240 + 3; length++)
        {
            DhcpRequest.TryRead(whole.AsSpan(header, length), out _).ShouldBeFalse($"{length} octets");
        }

        Ask(Request(DhcpMessageType.Discover, options: (50, [1, 2])), Lease, _answer).ShouldBe(DhcpOutcome.Malformed);
        byte[] longer = Request(DhcpMessageType.Discover);
        longer[header + 241] = 200;
        Ask(longer, Lease, _answer).ShouldBe(DhcpOutcome.Malformed);
        byte[] reply = Request(DhcpMessageType.Discover);
        reply[header] = 2;
        Ask(reply, Lease, _answer).ShouldBe(DhcpOutcome.Malformed);
    }

    private ReadOnlySpan<byte> Message() => _answer.Span[Parsed(_answer.Span).PayloadOffset..];

    private IpAddress YourAddress() => IpAddress.ReadIpv4(Message()[16..]);
}
