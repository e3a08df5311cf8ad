using System.CommandLine;
using Vicinal.Model.Rules;

namespace Vicinal.Cli.Tests;

public sealed class NetworkOptionsTests
{
    [Fact]
    public void Ranges_physical_networks_and_mtus_become_the_clouds_settings()
    {
        CloudSettings cloud = Read(
            "--tenant-network-type", "vlan", "--tenant-network-type", "gre", "--vni-range", "gre:100:2147483647", "--vni-range", "geneve:5:9", "--vni-range", "vxlan:7:7",
            "--physical-network", "public", "--vlan-range", "trunk:100:199", "--vlan-range", "trunk:300:300", "--vlan-range", "legacy", "--global-mtu", "9000",
            "--path-mtu", "4000", "--physical-network-mtu", "legacy:1500", "--overlay-ip-version", "6");
        cloud.TenantNetworkTypes.ShouldBe(["vlan", "gre"]);
        cloud.TunnelRanges.ShouldBe([new TunnelRange("gre", 100, int.MaxValue), new TunnelRange("geneve", 5, 9), new TunnelRange("vxlan", 7, 7)]);
        cloud.PhysicalNetworks.ShouldBe(["public"]);
        cloud.VlanRanges.ShouldBe([new VlanRange("trunk", 100, 199), new VlanRange("trunk", 300, 300), VlanRange.ProviderOnly("legacy")]);
        (cloud.GlobalMtu, cloud.PathMtu, cloud.OverlayIpVersion).ShouldBe((9000, 4000, 6));
        cloud.PhysicalNetworkMtus.ShouldHaveSingleItem().ShouldBe(new PhysicalNetworkMtu("legacy", 1500));
    }

    [Fact]
    public void A_range_without_a_type_is_every_tunnel_types() =>
        Read("--vni-range", "10:20").TunnelRanges.ShouldBe([new TunnelRange("geneve", 10, 20), new TunnelRange("vxlan", 10, 20), new TunnelRange("gre", 10, 20)]);

    [Fact]
    public void Nothing_said_is_the_default() => Read().ShouldBe(CloudSettings.Default);

    [Theory]
    [InlineData("--vni-range", "0:5")]
    [InlineData("--vni-range", "9:5")]
    [InlineData("--vni-range", "1:16777216")]
    [InlineData("--vni-range", "vxlan:1:16777216")]
    [InlineData("--vni-range", "gre:1:2147483648")]
    [InlineData("--vni-range", "vlan:1:5")]
    [InlineData("--vni-range", "gre:1")]
    [InlineData("--vlan-range", "x:1:4095")]
    [InlineData("--vlan-range", "x:1")]
    [InlineData("--vlan-range", ":1:5")]
    [InlineData("--physical-network-mtu", "x")]
    [InlineData("--physical-network-mtu", "x:100")]
    [InlineData("--path-mtu", "1279")]
    [InlineData("--global-mtu", "65536")]
    [InlineData("--overlay-ip-version", "5")]
    public void What_is_wrong_is_named_with_its_option(string option, string value)
    {
        string message = Should.Throw<SettingException>(() => Read(option, value)).Message;
        message.ShouldStartWith($"{option}: ");
    }

    private static CloudSettings Read(params string[] arguments)
    {
        Command command = new("server");
        CloudOptions options = new();
        options.AddTo(command);
        return options.Read(command.Parse(arguments));
    }
}
