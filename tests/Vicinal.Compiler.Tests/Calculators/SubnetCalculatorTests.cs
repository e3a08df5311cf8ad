using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class SubnetCalculatorTests
{
    private readonly CompiledCloud _compiled = new();

    [Fact]
    public void A_subnet_says_all_that_its_instances_are_told()
    {
        Network network = _compiled.Cloud.AddNetwork();
        Subnet subnet = _compiled.Cloud.Put(_compiled.Cloud.AddSubnet(network, "10.0.0.0/24") with
        {
            DnsNameservers = [IpAddress.Parse("192.0.2.53")],
            HostRoutes = [new HostRoute(IpPrefix.Parse("192.0.2.0/24"), IpAddress.Parse("10.0.0.9"))],
        });
        _compiled.Row<SubnetRow>().ShouldBe(new SubnetRow(
            subnet.Id,
            network.Id,
            subnet.Cidr,
            IpAddress.Parse("10.0.0.1"),
            EnableDhcp: true,
            [IpAddress.Parse("192.0.2.53")],
            [new SubnetRoute(IpPrefix.Parse("192.0.2.0/24"), IpAddress.Parse("10.0.0.9"))],
            Ipv6Mode.None,
            Ipv6Mode.None));
    }

    [Theory]
    [InlineData(null, null, Ipv6Mode.None, Ipv6Mode.None)]
    [InlineData("slaac", "slaac", Ipv6Mode.Slaac, Ipv6Mode.Slaac)]
    [InlineData("dhcpv6-stateful", null, Ipv6Mode.Stateful, Ipv6Mode.None)]
    [InlineData(null, "dhcpv6-stateless", Ipv6Mode.None, Ipv6Mode.Stateless)]
    public void Modes_are_as_the_subnet_has_them(string? ra, string? address, Ipv6Mode raMode, Ipv6Mode addressMode)
    {
        Subnet subnet = _compiled.Cloud.AddSubnet(_compiled.Cloud.AddNetwork(), "2001:db8::/64");
        _compiled.Cloud.Put(subnet with { Ipv6RaMode = ra, Ipv6AddressMode = address });
        SubnetRow row = _compiled.Row<SubnetRow>();
        row.RaMode.ShouldBe(raMode);
        row.AddressMode.ShouldBe(addressMode);
    }

    [Fact]
    public void Switching_dhcp_off_changes_one_row()
    {
        Subnet subnet = _compiled.Cloud.AddSubnet(_compiled.Cloud.AddNetwork(), "10.0.0.0/24");
        _compiled.Compile();
        _compiled.Cloud.Put(subnet with { EnableDhcp = false });
        _compiled.Compile().Rows.ShouldHaveSingleItem().Row.ShouldBeOfType<SubnetRow>().EnableDhcp.ShouldBeFalse();
    }
}
