using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class EndpointCalculatorTests
{
    private readonly CompiledCloud _compiled = new();
    private readonly Network _network;
    private readonly Subnet _subnet;

    public EndpointCalculatorTests()
    {
        _network = _compiled.Cloud.AddNetwork();
        _subnet = _compiled.Cloud.AddSubnet(_network, "10.0.0.0/24");
    }

    [Fact]
    public void A_bound_port_is_an_endpoint_with_the_four_things_that_others_need()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1", [_subnet]);
        _compiled.Row<EndpointRow>().ShouldBe(new EndpointRow(
            _network.Id, port.Id, port.PortKey, port.MacAddress, [IpAddress.Parse("10.0.0.2")], "c1", AnyAddress: false));
    }

    [Fact]
    public void An_unbound_port_is_an_endpoint_that_is_nowhere()
    {
        _compiled.Cloud.AddPort(_network, "", [_subnet]);
        _compiled.Row<EndpointRow>().Host.ShouldBeNull();
    }

    [Fact]
    public void Single_addresses_of_pairs_are_reachable_and_ranges_are_not()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1", [_subnet]);
        _compiled.Cloud.Put(port with
        {
            AllowedAddressPairs =
            [
                Pair("10.0.0.100/32"), Pair("10.0.0.2/32"), Pair("10.0.0.128/25"), Pair("2001:db8::1/128"), Pair("2001:db8::/64"),
            ],
        });
        _compiled.Row<EndpointRow>().Addresses.ShouldBe(
            [IpAddress.Parse("10.0.0.2"), IpAddress.Parse("10.0.0.100"), IpAddress.Parse("2001:db8::1")]);

        AddressPair Pair(string prefix) => new(IpPrefix.Parse(prefix), port.MacAddress);
    }

    [Fact]
    public void Other_macs_of_pairs_may_be_shared()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1", [_subnet]);
        MacAddress shared = MacAddress.Parse("00:00:5e:00:01:07");
        IpPrefix vip = IpPrefix.Parse("10.0.0.100/32");
        _compiled.Cloud.Put(port with { AllowedAddressPairs = [new AddressPair(vip, shared), new AddressPair(vip, port.MacAddress)] });
        _compiled.Row<EndpointRow>().PairMacs.ShouldBe([shared]);
    }

    [Fact]
    public void Without_port_security_any_address_may_be_behind_the_port()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1");
        _compiled.Cloud.Put(port with { PortSecurityEnabled = false });
        _compiled.Row<EndpointRow>().AnyAddress.ShouldBeTrue();
    }

    [Fact]
    public void A_port_that_is_administratively_down_is_no_endpoint()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1");
        _compiled.Rows<EndpointRow>().Count.ShouldBe(1);
        _compiled.Cloud.Put(port with { AdminStateUp = false });
        _compiled.Rows<EndpointRow>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("flat")]
    [InlineData("vlan")]
    public void Ports_of_a_provider_network_are_reached_by_the_wire(string type)
    {
        _compiled.Cloud.AddPort(_compiled.Cloud.AddNetwork(type, "physnet1"), "c1");
        _compiled.Rows<EndpointRow>().ShouldBeEmpty();
        _compiled.Rows<LocalPortRow>().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(DeviceOwner.RouterInterface)]
    [InlineData(DeviceOwner.RouterInterfaceDistributed)]
    [InlineData(DeviceOwner.RouterInterfaceHa)]
    [InlineData(DeviceOwner.RouterGateway)]
    [InlineData(DeviceOwner.FloatingIp)]
    public void Ports_of_the_network_itself_are_neither_endpoints_nor_local_ports(string owner)
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1", [_subnet]);
        _compiled.Cloud.Put(port with { DeviceOwner = owner, DeviceId = _compiled.Cloud.AddRouter().Id.ToString() });
        _compiled.Rows<EndpointRow>().ShouldBeEmpty();
        _compiled.Rows<LocalPortRow>().ShouldBeEmpty();
    }

    [Fact]
    public void A_port_that_becomes_ACTIVE_changes_no_row()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1", [_subnet], _compiled.Cloud.AddGroup());
        _compiled.Compile();
        _compiled.Cloud.Put(port with { Status = PortStatus.Active });
        _compiled.Compile().Rows.ShouldBeEmpty();
    }
}
