using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

public sealed class SubnetRulesTests
{
    private readonly L3Cloud _cloud = new();
    private readonly Network _network;

    public SubnetRulesTests() => _network = _cloud.Network();

    [Theory]
    [InlineData("10.0.0.0/24", null, "10.0.0.1", "10.0.0.2-10.0.0.254")]
    [InlineData("10.0.0.77/24", null, "10.0.0.1", "10.0.0.2-10.0.0.254")]
    [InlineData("10.0.0.0/24", "10.0.0.254", "10.0.0.254", "10.0.0.1-10.0.0.253")]
    [InlineData("10.0.0.0/24", "10.0.0.9", "10.0.0.9", "10.0.0.1-10.0.0.8 10.0.0.10-10.0.0.254")]
    [InlineData("10.0.0.0/24", "10.9.9.9", "10.9.9.9", "10.0.0.1-10.0.0.254")]
    [InlineData("10.0.0.0/24", "none", "", "10.0.0.1-10.0.0.254")]
    [InlineData("10.0.0.0/30", null, "10.0.0.1", "10.0.0.2-10.0.0.2")]
    [InlineData("fd00::/64", null, "fd00::1", "fd00::2-fd00::ffff:ffff:ffff:ffff")]
    public void Gateway_and_pools_are_chosen_from_the_cidr(string cidr, string? gateway, string chosen, string pools)
    {
        Subnet subnet = Create(cidr, new SubnetInput
        {
            GatewayIp = gateway switch { null => default, "none" => new Given<IpAddress?>(null), _ => IpAddress.Parse(gateway) },
        });
        subnet.GatewayIp.ToString().ShouldBe(chosen);
        string.Join(' ', subnet.AllocationPools.Select(p => $"{p.Start}-{p.End}")).ShouldBe(pools);
    }

    [Theory]
    [InlineData("10.0.0.0/31", "10.0.0.1", "10.0.0.0-10.0.0.0")]
    [InlineData("10.0.0.7/32", "10.0.0.7", "")]
    [InlineData("fd00::/127", "fd00::", "fd00::1-fd00::1")]
    public void Tiny_prefixes_work_without_dhcp(string cidr, string gateway, string pools)
    {
        Subnet subnet = Create(cidr, new SubnetInput { EnableDhcp = false });
        subnet.GatewayIp.ToString().ShouldBe(gateway);
        string.Join(' ', subnet.AllocationPools.Select(p => $"{p.Start}-{p.End}")).ShouldBe(pools);
    }

    [Fact]
    public void A_subnets_change_raises_its_networks_revision()
    {
        long before = _cloud.Now.Networks[_network.Id].RevisionNumber;
        Subnet subnet = Create("10.0.0.0/24");
        SubnetRules.Update(_cloud.Edit, subnet, new SubnetInput { Name = "n" }, CloudSettings.Default);
        SubnetRules.Delete(_cloud.Edit, _cloud.Now.Subnets[subnet.Id]);
        _cloud.Now.Networks[_network.Id].RevisionNumber.ShouldBe(before + 3);
    }

    [Fact]
    public void Overlapping_cidrs_are_refused_on_one_network_only()
    {
        Create("10.0.0.0/24");
        Should.Throw<NeutronFault>(() => Create("10.0.0.128/25")).Message.ShouldContain("overlaps with another subnet");
        Should.Throw<NeutronFault>(() => Create("10.0.0.0/8")).Message.ShouldContain("overlaps with another subnet");
        Network other = _cloud.Network();
        SubnetRules.Create(_cloud.Edit, Input("10.0.0.0/24") with { NetworkId = other.Id }, CloudSettings.Default).NetworkId.ShouldBe(other.Id);
    }

    [Fact]
    public void A_gateway_that_a_router_has_stays()
    {
        Subnet subnet = Create("10.0.0.0/24");
        Port gateway = PortRules.CreateSystemPort(
            _cloud.Edit,
            new SystemPort
            {
                NetworkId = _network.Id,
                DeviceOwner = DeviceOwner.RouterInterfaceDistributed,
                DeviceId = _cloud.NewId().ToString(),
                FixedIps = [new FixedIpRequest(subnet.Id, IpAddress.Parse("10.0.0.1"))],
            },
            CloudSettings.Default);
        NeutronFault fault = Should.Throw<NeutronFault>(() =>
            SubnetRules.Update(_cloud.Edit, subnet, new SubnetInput { GatewayIp = new Given<IpAddress?>(null) }, CloudSettings.Default));
        fault.Message.ShouldBe($"Current gateway ip 10.0.0.1 already in use by port {gateway.Id}. Unable to update.");
        Should.Throw<NeutronFault>(() => SubnetRules.Delete(_cloud.Edit, subnet)).Type.ShouldBe("SubnetInUse");
    }

    [Fact]
    public void A_new_gateway_must_not_lie_in_the_pools()
    {
        Subnet subnet = Create("10.0.0.0/24");
        Should.Throw<NeutronFault>(() =>
                SubnetRules.Update(_cloud.Edit, subnet, new SubnetInput { GatewayIp = IpAddress.Parse("10.0.0.9") }, CloudSettings.Default))
            .Type.ShouldBe("GatewayConflictWithAllocationPools");
        SubnetRules.Update(_cloud.Edit, subnet, new SubnetInput
        {
            GatewayIp = IpAddress.Parse("10.0.0.9"),
            AllocationPools = new([new AllocationPool(IpAddress.Parse("10.0.0.10"), IpAddress.Parse("10.0.0.20"))]),
        }, CloudSettings.Default).GatewayIp.ToString().ShouldBe("10.0.0.9");
    }

    [Fact]
    public void A_new_slaac_subnet_addresses_the_ports_that_are_there_and_takes_the_addresses_along()
    {
        Create("10.0.0.0/24");
        Port port = PortRules.Create(
            _cloud.Edit,
            new PortInput { NetworkId = _network.Id, ProjectId = L3Cloud.Project, MacAddress = MacAddress.Parse("fa:16:3e:00:00:01") },
            CloudSettings.Default,
            L3Cloud.Admin);
        Subnet slaac = Create("fd00::/64", new SubnetInput { Ipv6AddressMode = "slaac", Ipv6RaMode = "slaac" });
        Addresses(port).ShouldBe(["10.0.0.2", "fd00::f816:3eff:fe00:1"]);
        SubnetRules.Delete(_cloud.Edit, slaac);
        Addresses(port).ShouldBe(["10.0.0.2"]);
    }

    [Fact]
    public void Dhcp_stays_on_while_ipv6_modes_need_it()
    {
        Subnet subnet = Create("fd00::/64", new SubnetInput { Ipv6AddressMode = "dhcpv6-stateful", Ipv6RaMode = "dhcpv6-stateful" });
        Should.Throw<NeutronFault>(() => SubnetRules.Update(_cloud.Edit, subnet, new SubnetInput { EnableDhcp = false }, CloudSettings.Default))
            .Message.ShouldBe("Invalid input for operation: Cannot disable enable_dhcp with ipv6 attributes set.");
    }

    private IEnumerable<string> Addresses(Port port) => _cloud.Now.Ports[port.Id].FixedIps.Select(ip => ip.Address.ToString());

    private SubnetInput Input(string cidr) => new()
    {
        NetworkId = _network.Id,
        ProjectId = L3Cloud.Project,
        Cidr = IpPrefix.Parse(cidr),
        IpVersion = IpPrefix.Parse(cidr).IsIpv4 ? 4 : 6,
    };

    private Subnet Create(string cidr, SubnetInput? input = null)
    {
        SubnetInput named = Input(cidr);
        return SubnetRules.Create(
            _cloud.Edit,
            (input ?? named) with { NetworkId = named.NetworkId, ProjectId = named.ProjectId, Cidr = named.Cidr, IpVersion = named.IpVersion },
            CloudSettings.Default);
    }
}
