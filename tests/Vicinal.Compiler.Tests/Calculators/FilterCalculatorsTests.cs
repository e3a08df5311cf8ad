using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class FilterCalculatorsTests
{
    private readonly CompiledCloud _compiled = new();
    private readonly SecurityGroup _group;

    public FilterCalculatorsTests() => _group = _compiled.Cloud.AddGroup();

    [Fact]
    public void A_group_without_rules_still_has_a_head()
    {
        _compiled.Row<FilterGroupRow>().ShouldBe(new FilterGroupRow(_group.Id, Stateful: true));
        _compiled.Cloud.Put(_group with { Stateful = false });
        _compiled.Row<FilterGroupRow>().ShouldBe(new FilterGroupRow(_group.Id, Stateful: false));
    }

    [Fact]
    public void A_rule_keeps_its_meaning()
    {
        SecurityGroupRule rule = _compiled.Cloud.Put(_compiled.Cloud.AddRule(_group, prefix: "198.51.100.0/24") with
        {
            Protocol = "tcp",
            ProtocolNumber = 6,
            PortRangeMin = 80,
            PortRangeMax = 65535,
        });
        _compiled.Row<FilterRuleRow>().ShouldBe(new FilterRuleRow(
            _group.Id, rule.Id, FilterDirection.Ingress, Ipv6: false, 6, 80, 65535, IpPrefix.Parse("198.51.100.0/24"), null));
    }

    [Fact]
    public void An_ipv6_egress_rule_to_a_group_keeps_its_meaning()
    {
        SecurityGroupRule rule = _compiled.Cloud.Put(_compiled.Cloud.AddRule(_group, "egress", _group) with { EtherType = "IPv6" });
        _compiled.Row<FilterRuleRow>().ShouldBe(new FilterRuleRow(
            _group.Id, rule.Id, FilterDirection.Egress, Ipv6: true, null, null, null, null, _group.Id));
    }

    [Fact]
    public void A_members_addresses_are_those_it_has_and_those_it_may_use()
    {
        Network network = _compiled.Cloud.AddNetwork();
        Port port = _compiled.Cloud.AddPort(network, "", [_compiled.Cloud.AddSubnet(network, "10.0.0.0/24")], _group);
        _compiled.Cloud.Put(port with { AllowedAddressPairs = [Pair("10.0.0.100/32"), Pair("10.0.7.0/24"), Pair("2001:db8::/64")] });
        _compiled.Row<AddressSetMemberRow>().ShouldBe(new AddressSetMemberRow(
            _group.Id,
            port.Id,
            [IpPrefix.Parse("10.0.0.2/32"), IpPrefix.Parse("10.0.0.100/32"), IpPrefix.Parse("10.0.7.0/24"), IpPrefix.Parse("2001:db8::/64")]));
    }

    [Fact]
    public void A_pair_of_the_whole_world_opens_no_other_ports_filter()
    {
        Network network = _compiled.Cloud.AddNetwork();
        Port port = _compiled.Cloud.AddPort(network, "", [_compiled.Cloud.AddSubnet(network, "10.0.0.0/24")], _group);
        _compiled.Cloud.Put(port with { AllowedAddressPairs = [Pair("0.0.0.0/0"), Pair("::/0"), Pair("10.0.0.0/23"), Pair("2001:db8::/63")] });
        _compiled.Row<AddressSetMemberRow>().Prefixes.ShouldBe([IpPrefix.Parse("10.0.0.2/32")]);
    }

    [Fact]
    public void A_port_of_two_groups_is_a_member_of_two_sets_and_leaves_one_alone()
    {
        SecurityGroup other = _compiled.Cloud.AddGroup();
        Network network = _compiled.Cloud.AddNetwork();
        Port port = _compiled.Cloud.AddPort(network, "", [_compiled.Cloud.AddSubnet(network, "10.0.0.0/24")], _group, other);
        _compiled.Rows<AddressSetMemberRow>().Count.ShouldBe(2);
        _compiled.Cloud.Put(port with { SecurityGroups = [other.Id] });
        RowChange change = _compiled.Compile().Rows.Single(static c => c.Key.Kind == RowKind.AddressSetMember);
        change.ShouldBe(new RowChange(UnitId.AddressSet(_group.Id), new RowKey(RowKind.AddressSetMember, port.Id), null));
    }

    private static AddressPair Pair(string prefix) => new(IpPrefix.Parse(prefix), new MacAddress(1));
}
