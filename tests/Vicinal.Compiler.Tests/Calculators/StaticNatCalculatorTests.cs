using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class StaticNatCalculatorTests
{
    private readonly CompiledCloud _compiled = new();
    private readonly Network _external;
    private readonly Router _router;
    private readonly Port _port;
    private readonly FloatingIp _floatingIp;

    public StaticNatCalculatorTests()
    {
        _external = _compiled.Cloud.AddExternalNetwork();
        Subnet outside = _compiled.Cloud.AddSubnet(_external, "203.0.113.0/24");
        Network network = _compiled.Cloud.AddNetwork();
        Subnet inside = _compiled.Cloud.AddSubnet(network, "10.0.0.0/24");
        Router router = _compiled.Cloud.AddRouter();
        _compiled.Cloud.AddInterface(router, network, inside);
        _router = _compiled.Cloud.SetGateway(router, _external, [outside], "g1", "g2");
        _port = _compiled.Cloud.AddPort(network, "c1", [inside]);
        _floatingIp = _compiled.Cloud.AddFloatingIp(_external, outside, _router, _port);
    }

    private string? Owner => _compiled.Row<StaticNatRow>() is { AtGateway: true } ? "gateway" : _compiled.Row<StaticNatRow>().OwnerHost;

    [Fact]
    public void A_floating_ip_is_owned_by_its_ports_node_where_that_reaches_the_external_network()
    {
        _compiled.Cloud.AddAgent("c1", "dvr", "physnet1");
        _compiled.Row<StaticNatRow>().ShouldBe(new StaticNatRow(
            _router.Id,
            _floatingIp.Id,
            _external.Id,
            _floatingIp.FloatingIpAddress,
            _compiled.Cloud.Topology.Ports[_floatingIp.FloatingPortId].MacAddress,
            IpAddress.Parse("10.0.0.2"),
            _port.Id,
            _port.NetworkId,
            "c1"));
    }

    [Theory]
    [InlineData("dvr", "physnet1", "c1")]
    [InlineData("dvr_snat", "physnet1", "c1")]
    [InlineData("dvr_no_external", "physnet1", "gateway")]
    [InlineData("legacy", "physnet1", "gateway")]
    [InlineData("dvr", "physnet2", "gateway")]
    public void The_nodes_mode_and_mappings_decide(string mode, string mapping, string owner)
    {
        _compiled.Cloud.AddAgent("c1", mode, mapping);
        Owner.ShouldBe(owner);
    }

    [Fact]
    public void Without_an_agent_on_the_ports_host_the_gateway_owns_it() => Owner.ShouldBe("gateway");

    [Fact]
    public void An_unbound_ports_floating_ip_is_the_gateways()
    {
        _compiled.Cloud.AddAgent("c1", "dvr", "physnet1");
        _compiled.Cloud.Put(_port with { BindingHostId = "" });
        Owner.ShouldBe("gateway");
    }

    [Fact]
    public void A_centralized_routers_floating_ips_are_the_gateways()
    {
        _compiled.Cloud.AddAgent("c1", "dvr", "physnet1");
        _compiled.Cloud.Put(_router with { Distributed = false });
        Owner.ShouldBe("gateway");
    }

    [Fact]
    public void It_waits_for_a_gateway_node_where_none_is_scheduled()
    {
        _compiled.Cloud.Put(_router with { GatewayBindings = default });
        Owner.ShouldBe("gateway");
        _compiled.Row<RouterRow>().GatewayNodes.ShouldBeEmpty();
    }

    [Fact]
    public void Nobody_answers_for_a_router_or_an_external_network_that_is_down()
    {
        _compiled.Cloud.AddAgent("c1", "dvr", "physnet1");
        Owner.ShouldBe("c1");
        Router down = _compiled.Cloud.Put(_router with { AdminStateUp = false });
        Owner.ShouldBeNull();
        _compiled.Cloud.Put(down with { AdminStateUp = true });
        Owner.ShouldBe("c1");
        _compiled.Cloud.Put(_external with { AdminStateUp = false });
        Owner.ShouldBeNull();
    }

    [Fact]
    public void It_follows_its_port_to_another_node()
    {
        _compiled.Cloud.AddAgent("c1", "dvr", "physnet1");
        _compiled.Cloud.AddAgent("c2", "dvr", "physnet1");
        Owner.ShouldBe("c1");
        _compiled.Cloud.Put(_port with { BindingHostId = "c2" });
        Owner.ShouldBe("c2");
    }

    [Fact]
    public void Disassociated_it_is_nothing()
    {
        _compiled.Rows<StaticNatRow>().Count.ShouldBe(1);
        _compiled.Cloud.Put(_floatingIp with { PortId = null, FixedIpAddress = null, RouterId = null });
        _compiled.Rows<StaticNatRow>().ShouldBeEmpty();
    }

    [Fact]
    public void Moved_to_another_router_it_leaves_the_first_ones_unit()
    {
        Router other = _compiled.Cloud.AddRouter();
        _compiled.Compile();
        _compiled.Cloud.Put(_floatingIp with { RouterId = other.Id });
        IReadOnlyList<RowChange> changes = _compiled.Compile().Rows;
        changes.Select(static c => (c.Unit, Gone: c.Row is null))
            .ShouldBe([(UnitId.Router(_router.Id), true), (UnitId.Router(other.Id), false)]);
    }
}
