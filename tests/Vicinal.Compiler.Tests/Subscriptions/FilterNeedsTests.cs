using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Tests.Subscriptions;

public sealed class FilterNeedsTests
{
    private readonly CompiledCloud _compiled = new();
    private readonly SecurityGroup _web;
    private readonly SecurityGroup _admin;
    private readonly Network _network;

    public FilterNeedsTests()
    {
        _web = _compiled.Cloud.AddGroup();
        _admin = _compiled.Cloud.AddGroup();
        _network = _compiled.Cloud.AddNetwork();
    }

    [Fact]
    public void A_node_needs_the_filters_of_its_ports_and_the_sets_that_these_refer_to()
    {
        _compiled.Cloud.AddPort(_network, "c1", [], _web);
        _compiled.Cloud.AddPort(_network, "c2", [], _admin);
        _compiled.Cloud.AddRule(_web, "ingress", _admin);
        _compiled.Compile();
        Filters("c1").ShouldBe([UnitId.AddressSet(_admin.Id), UnitId.Filter(_web.Id)]);
        Filters("c2").ShouldBe([UnitId.Filter(_admin.Id)]);
    }

    [Fact]
    public void Two_rules_that_refer_to_one_group_hold_its_set_until_the_last_goes()
    {
        _compiled.Cloud.AddPort(_network, "c1", [], _web);
        SecurityGroupRule first = _compiled.Cloud.AddRule(_web, "ingress", _admin);
        SecurityGroupRule second = _compiled.Cloud.AddRule(_web, "egress", _admin);
        _compiled.Compile();
        _compiled.Cloud.Remove(first);
        _compiled.Compile().Subscriptions.ShouldBeEmpty();
        _compiled.Cloud.Remove(second);
        _compiled.Compile().Subscriptions.ShouldBe([new SubscriptionChange("c1", UnitId.AddressSet(_admin.Id), Added: false)]);
    }

    [Fact]
    public void A_set_that_no_rule_refers_to_is_sent_to_nobody()
    {
        _compiled.Cloud.AddPort(_network, "c1", [_compiled.Cloud.AddSubnet(_network, "10.0.0.0/24")], _web);
        _compiled.Compile();
        _compiled.Snapshot.Unit(UnitId.AddressSet(_web.Id)).Count.ShouldBe(1);
        _compiled.Snapshot.HostsOf(UnitId.AddressSet(_web.Id)).ShouldBeEmpty();
    }

    [Fact]
    public void A_port_that_moves_takes_its_filters_along()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1", [], _web);
        _compiled.Cloud.AddRule(_web, "ingress", _web);
        _compiled.Compile();
        _compiled.Cloud.Put(port with { BindingHostId = "c2" });
        _compiled.Compile();
        _compiled.Snapshot.UnitsOf("c1").ShouldBeEmpty();
        Filters("c2").ShouldBe([UnitId.AddressSet(_web.Id), UnitId.Filter(_web.Id)]);
    }

    private IEnumerable<UnitId> Filters(string host) =>
        _compiled.Snapshot.UnitsOf(host).Where(static u => u.Kind is UnitKind.Filter or UnitKind.AddressSet).OrderBy(static u => u.Kind);
}
