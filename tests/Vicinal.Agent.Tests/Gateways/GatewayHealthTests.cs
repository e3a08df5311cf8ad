using Vicinal.Agent.Gateways;
using Vicinal.Datapath;
using Vicinal.Devices.Netlink;
using Vicinal.Forwarding;
using Vicinal.Gateways;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class GatewayHealthTests
{
    private static readonly Guid s_external = new("00000001-0000-0000-0000-000000000002");

    private readonly List<(Guid Network, bool Link, UpstreamState Upstream)> _told = [];
    private readonly GatewayHealth _health;

    public GatewayHealthTests() => _health = new GatewayHealth(
        new Dictionary<string, string> { ["physnet1"] = "eth1" }, (network, link, upstream) => _told.Add((network, link, upstream)));

    [Fact]
    public void Each_change_of_carrier_or_upstream_is_told_once()
    {
        Link("eth1", true);
        Put(Segment("physnet1"));
        Link("eth1", true);
        Link("eth0", false);
        Put(Segment("physnet1") with { Mtu = 1400 });
        Link("eth1", false);
        _health.Apply(s_external, UpstreamHealth.Silent);
        Link("eth1", true);
        _health.Apply(s_external, UpstreamHealth.Answers);
        _told.ShouldBe(
        [
            (s_external, true, UpstreamState.Unknown),
            (s_external, false, UpstreamState.Unknown),
            (s_external, false, UpstreamState.Silent),
            (s_external, true, UpstreamState.Silent),
            (s_external, true, UpstreamState.Answers),
        ]);
    }

    [Fact]
    public void An_interface_that_is_down_carries_nothing_whatever_its_cable_says()
    {
        Put(Segment("physnet1"));
        _health.Apply(new LinkEvent(LinkChange.Changed, new LinkInfo { Index = 3, Name = "eth1", HasCarrier = true }, null));
        _told.ShouldBe([(s_external, false, UpstreamState.Unknown)]);
    }

    [Fact]
    public void An_interface_that_vanishes_is_a_lost_carrier()
    {
        Link("eth1", true);
        Put(Segment("physnet1"));
        _health.Apply(new LinkEvent(LinkChange.Vanished, new LinkInfo { Index = 3, Name = "eth1", IsUp = true, HasCarrier = true }, null));
        _told[^1].ShouldBe((s_external, false, UpstreamState.Unknown));
    }

    [Fact]
    public void A_network_that_no_interface_of_this_node_reaches_has_no_link_and_a_tunnelled_one_needs_none()
    {
        Link("eth1", true);
        Put(Segment("physnet2"));
        _told[^1].Link.ShouldBeFalse();
        Put(Segment(null) with { Encapsulation = Encapsulation.Geneve });
        _told[^1].Link.ShouldBeTrue();
    }

    [Fact]
    public void Tenants_networks_are_not_looked_at()
    {
        Put(Segment("physnet1") with { External = false });
        Link("eth1", true);
        _health.Apply(s_external, UpstreamHealth.Answers);
        _told.ShouldBeEmpty();
    }

    private static SegmentRow Segment(string? physical) => new(s_external, Encapsulation.Flat, 0, physical, 0, 1500, true, true);

    private void Put(SegmentRow row) => _health.Apply([new RowChange(row.Unit, row.Key, row)]);

    private void Link(string name, bool carries) => _health.Apply(
        new LinkEvent(LinkChange.Changed, new LinkInfo { Index = 3, Name = name, IsUp = carries, HasCarrier = carries }, null));
}
