using Vicinal.Agent.Gateways;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class UnderlayTests
{
    private static readonly IpAddress s_tunnel = IpAddress.Parse("192.0.2.21");

    private static readonly LinkInfo[] s_links =
    [
        new() { Index = 1, Name = "lo", IsLoopback = true, Mtu = 65_536 },
        new() { Index = 2, Name = "eth0", Mtu = 1500 },
        new() { Index = 3, Name = "eth1" },
        new() { Index = 4, Name = "eth1.100" },
    ];

    [Fact]
    public void A_NIC_that_leads_to_a_physical_network_alone_leads_to_no_node()
    {
        Underlay underlay = Of(tunnelOn: 2, "eth1");
        underlay.LeadsHere(3).ShouldBeFalse();
        underlay.LeadsHere(2).ShouldBeTrue();
        underlay.LeadsHere(1).ShouldBeTrue();
        underlay.OnLink.ShouldBe(new IpPrefix(s_tunnel, 26));
    }

    [Fact]
    public void Tunnels_may_share_a_mapped_NIC_and_end_on_a_VLAN_of_it()
    {
        Of(tunnelOn: 3, "eth1").LeadsHere(3).ShouldBeTrue();
        Underlay tagged = Of(tunnelOn: 4, "eth1");
        tagged.LeadsHere(4).ShouldBeTrue();
        tagged.LeadsHere(3).ShouldBeFalse("untagged, there are others");
    }

    [Fact]
    public void A_tunnel_address_on_the_loopback_interface_is_reached_by_any() => Of(tunnelOn: 1, "eth1").LeadsHere(3).ShouldBeTrue();

    [Fact]
    public void Packets_in_tunnels_have_the_MTU_of_the_NIC_with_the_tunnel_address_and_on_the_loopback_interface_none_is_known()
    {
        Of(tunnelOn: 2, "eth1").Mtu.ShouldBe(1500);
        Of(tunnelOn: 1, "eth1").Mtu.ShouldBe(0);
        Of(tunnelOn: 9, "eth1").Mtu.ShouldBe(0);
    }

    private static Underlay Of(int tunnelOn, params string[] mapped) =>
        Underlay.Of(s_tunnel, [new LinkAddress(tunnelOn, s_tunnel, 26)], s_links, mapped);
}
