using System.Buffers.Binary;
using Vicinal.Forwarding;
using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;
using static Vicinal.Services.Tests.DhcpMessages;

namespace Vicinal.Services.Tests;

public sealed class Dhcpv6ResponderTests
{
    private static readonly byte[] s_client = [0, 3, 0, 1, 0xfa, 0x16, 0x3e, 0, 0, 10];
    private static readonly byte[] s_requested = [0, 23, 0, 24];

    private readonly PacketBuffer _answer = new();

    private static byte[] Server => Dhcpv6Responder.Duid.ToArray();

    [Fact]
    public void A_solicit_is_told_the_ports_address_and_names()
    {
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (3, Association()), (6, s_requested)).ShouldBe(DhcpOutcome.Answered);
        PacketHeaders h = Parsed(_answer.Span);
        (h.Source, h.Destination, h.DestinationMac, h.DestinationPort).ShouldBe((ServiceAddress.Ipv6, IpAddress.LinkLocalFor(Asker), Asker, (ushort)546));
        (Dhcpv6MessageType type, List<(ushort Code, byte[] Value)> options) = Answer6(_answer);
        type.ShouldBe(Dhcpv6MessageType.Advertise);
        Of(options, 1).ShouldBe(s_client);
        Of(options, 2).ShouldBe(Server);
        Of(options, 23).ShouldBe(ServiceAddress.Ipv6.Bytes());
        Of(options, 24).ShouldBe([4, .. "blue"u8, 7, .. "example"u8, 0]);
        Addresses(options).ShouldBe([(Asker6, 86400u)]);
    }

    [Theory]
    [InlineData(Dhcpv6MessageType.Request, true)]
    [InlineData(Dhcpv6MessageType.Renew, true)]
    [InlineData(Dhcpv6MessageType.Rebind, false)]
    public void An_address_is_granted_and_one_that_is_not_the_ports_is_taken_back(Dhcpv6MessageType type, bool namesServer)
    {
        IpAddress old = IpAddress.Parse("2001:db8::99");
        (ushort, byte[])[] options = [(1, s_client), (3, Association(Asker6, old)), .. namesServer ? ((ushort, byte[])[])[(2, Server)] : []];
        Ask(type, options).ShouldBe(DhcpOutcome.Answered);
        Answer6(_answer).Type.ShouldBe(Dhcpv6MessageType.Reply);
        Addresses(Answer6(_answer).Options).ShouldBe([(Asker6, 86400u), (old, 0u)]);
    }

    [Fact]
    public void Rapid_commit_saves_a_round()
    {
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (14, []), (3, Association())).ShouldBe(DhcpOutcome.Answered);
        (Dhcpv6MessageType type, List<(ushort Code, byte[] Value)> options) = Answer6(_answer);
        type.ShouldBe(Dhcpv6MessageType.Reply);
        Of(options, 14).ShouldBeEmpty();
    }

    [Fact]
    public void Where_addresses_are_formed_by_hosts_there_is_configuration_and_no_address()
    {
        Dhcpv6Lease stateless = Lease6 with { Subnets = [Subnet6 with { AddressMode = Ipv6Mode.Stateless, RaMode = Ipv6Mode.Stateless, DnsServers = [Owner6] }] };
        Ask6(Request6(Dhcpv6MessageType.InformationRequest, (1, s_client), (6, s_requested)), stateless, _answer).ShouldBe(DhcpOutcome.Answered);
        Of(Answer6(_answer).Options, 23).ShouldBe(Owner6.Bytes());
        Ask6(Request6(Dhcpv6MessageType.Solicit, (1, s_client), (3, Association())), stateless, _answer).ShouldBe(DhcpOutcome.Answered);
        Addresses(Answer6(_answer).Options).ShouldBeEmpty();
        Status(Of(Answer6(_answer).Options, 3)[12..]).ShouldBe(Dhcpv6Status.NoAddressesAvailable);
    }

    [Fact]
    public void A_prefix_and_temporary_addresses_are_refused_by_name()
    {
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (25, new byte[12]), (4, [0, 0, 0, 7])).ShouldBe(DhcpOutcome.Answered);
        Status(Of(Answer6(_answer).Options, 25)[12..]).ShouldBe(Dhcpv6Status.NoPrefixAvailable);
        Status(Of(Answer6(_answer).Options, 4)[4..]).ShouldBe(Dhcpv6Status.NoAddressesAvailable);
    }

    [Fact]
    public void A_host_that_moved_is_told_whether_its_address_still_does()
    {
        Ask(Dhcpv6MessageType.Confirm, (1, s_client), (3, Association(Asker6))).ShouldBe(DhcpOutcome.Answered);
        Status(Option((13, Of(Answer6(_answer).Options, 13)))).ShouldBe(Dhcpv6Status.Success);
        Ask(Dhcpv6MessageType.Confirm, (1, s_client), (3, Association(IpAddress.Parse("2001:db8:1::5")))).ShouldBe(DhcpOutcome.Answered);
        Status(Option((13, Of(Answer6(_answer).Options, 13)))).ShouldBe(Dhcpv6Status.NotOnLink);
        Ask(Dhcpv6MessageType.Confirm, (1, s_client), (3, Association())).ShouldBe(DhcpOutcome.Silent);
    }

    [Fact]
    public void A_release_and_a_decline_are_confirmed_and_change_nothing()
    {
        Ask(Dhcpv6MessageType.Release, (1, s_client), (2, Server), (3, Association(Asker6))).ShouldBe(DhcpOutcome.Answered);
        Ask(Dhcpv6MessageType.Decline, (1, s_client), (2, Server), (3, Association(Asker6))).ShouldBe(DhcpOutcome.Answered);
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (3, Association())).ShouldBe(DhcpOutcome.Answered);
        Addresses(Answer6(_answer).Options).ShouldBe([(Asker6, 86400u)]);
    }

    [Fact]
    public void Messages_for_other_servers_and_from_servers_are_left_without_an_answer()
    {
        byte[] other = [0, 3, 0, 1, 1, 2, 3, 4, 5, 6];
        Ask(Dhcpv6MessageType.Request, (1, s_client), (2, other), (3, Association())).ShouldBe(DhcpOutcome.Silent);
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (2, Server), (3, Association())).ShouldBe(DhcpOutcome.Silent);
        Ask(Dhcpv6MessageType.Solicit, (3, Association())).ShouldBe(DhcpOutcome.Silent);
        Ask(Dhcpv6MessageType.Reply, (1, s_client), (2, Server)).ShouldBe(DhcpOutcome.Silent);
        Ask((Dhcpv6MessageType)12, (1, s_client)).ShouldBe(DhcpOutcome.Silent);
    }

    [Fact]
    public void An_inflated_client_id_a_header_without_data_and_broken_associations_are_refused()
    {
        Ask(Dhcpv6MessageType.Solicit, (1, new byte[131]), (3, Association())).ShouldBe(DhcpOutcome.Malformed);
        Ask6(Frame6([1, 1, 2, 3, 0, 1, 0xFF, 0xFF, 1, 2, 3]), Lease6, _answer).ShouldBe(DhcpOutcome.Malformed);
        Ask6(Frame6([1, 1, 2, 3, 0, 1]), Lease6, _answer).ShouldBe(DhcpOutcome.Malformed);
        Ask6(Frame6([1, 1, 2]), Lease6, _answer).ShouldBe(DhcpOutcome.Malformed);
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (3, [0, 0, 0, 1])).ShouldBe(DhcpOutcome.Malformed);
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (3, [.. new byte[12], 0, 5, 0, 24, 1])).ShouldBe(DhcpOutcome.Malformed);
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (3, [.. new byte[12], 0, 5, 0, 2, 1, 1])).ShouldBe(DhcpOutcome.Malformed);
        Ask(Dhcpv6MessageType.Solicit, (1, s_client), (6, [1])).ShouldBe(DhcpOutcome.Malformed);
    }

    [Fact]
    public void A_thousand_associations_are_answered_as_far_as_one_packet_goes()
    {
        (ushort, byte[])[] many = [(1, s_client), .. Enumerable.Range(0, 1000).Select(static _ => ((ushort)3, Association(IpAddress.Parse("2001:db8::99"))))];
        Ask(Dhcpv6MessageType.Solicit, many).ShouldBe(DhcpOutcome.Answered);
        Parsed(_answer.Span).L3Length.ShouldBeLessThanOrEqualTo(1442);
        Answer6(_answer).Options.Count.ShouldBeGreaterThan(5);
    }

    private DhcpOutcome Ask(Dhcpv6MessageType type, params (ushort Code, byte[] Value)[] options) => Ask6(Request6(type, options), Lease6, _answer);

    private static byte[] Of(List<(ushort Code, byte[] Value)> options, ushort code) => options.First(o => o.Code == code).Value;

    private static Dhcpv6Status Status(byte[] options)
    {
        (ushort code, byte[] value) = Options6(options).Single();
        code.ShouldBe(Dhcpv6OptionCode.StatusCode);
        return (Dhcpv6Status)BinaryPrimitives.ReadUInt16BigEndian(value);
    }

    private static List<(IpAddress Address, uint Valid)> Addresses(List<(ushort Code, byte[] Value)> options) =>
        [.. Options6(Of(options, 3).AsSpan(12)).Where(static o => o.Code == 5)
            .Select(static o => (IpAddress.ReadIpv6(o.Value), BinaryPrimitives.ReadUInt32BigEndian(o.Value.AsSpan(20))))];
}
