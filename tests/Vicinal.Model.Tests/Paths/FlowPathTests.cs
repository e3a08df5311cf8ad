using Vicinal.Model.Paths;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Paths;

public sealed class FlowPathTests
{
    private static readonly FlowNode s_a = new("a");
    private static readonly FlowNode s_b = new("b");

    [Theory]
    [InlineData(FlowKind.SameNetwork, "a → b", "a → b")]
    [InlineData(FlowKind.EastWest, "a → b", "a → g → b")]
    [InlineData(FlowKind.RouterAddress, "a", "a → g")]
    [InlineData(FlowKind.FloatingIp, "a → outside", "a → g → outside")]
    [InlineData(FlowKind.SourceNat, "a → g → outside", "a → g → outside")]
    [InlineData(FlowKind.Ipv6NorthSouth, "a → g → outside", "a → g → outside")]
    public void A_flow_takes_the_way_of_its_routers_kind(FlowKind kind, string distributed, string centralized)
    {
        FlowPath.Of(kind, distributed: true, s_a, s_b, "g").ToString().ShouldBe(distributed);
        FlowPath.Of(kind, distributed: false, s_a, s_b, "g").ToString().ShouldBe(centralized);
    }

    [Fact]
    public void Two_instances_on_one_node_meet_there_unless_the_router_is_elsewhere()
    {
        FlowPath.Of(FlowKind.EastWest, distributed: true, s_a, s_a, "g").ShouldBe(new FlowPath(["a"], null));
        FlowPath.Of(FlowKind.EastWest, distributed: false, s_a, s_a, "g").ShouldBe(new FlowPath(["a", "g", "a"], null));
        FlowPath.Of(FlowKind.EastWest, distributed: false, s_a, s_a, "g").Tunnelled.ShouldBe(["a", "g"]);
        FlowPath.Of(FlowKind.EastWest, distributed: false, s_a, s_a, "a").Tunnelled.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(AgentModes.Dvr, true, "a")]
    [InlineData(AgentModes.DvrSnat, true, "a")]
    [InlineData(AgentModes.DvrNoExternal, true, "g")]
    [InlineData(AgentModes.Legacy, true, "g")]
    [InlineData(AgentModes.Dvr, false, "g")]
    public void A_floating_ip_passes_the_gateway_where_its_node_may_not_or_cannot_reach_outside(string mode, bool reaches, string outside) =>
        FlowPath.Of(FlowKind.FloatingIp, distributed: true, new FlowNode("a", mode, reaches), null, "g").Outside.ShouldBe(outside);

    [Fact]
    public void On_a_legacy_node_the_router_is_where_its_gateway_is()
    {
        FlowNode legacy = new("l", AgentModes.Legacy);
        FlowPath.Of(FlowKind.EastWest, distributed: true, legacy, s_b, "g").Nodes.ShouldBe(["l", "g", "b"]);
        FlowPath.Of(FlowKind.EastWest, distributed: true, s_b, legacy, "g").Nodes.ShouldBe(["b", "l"]);
        FlowPath.Of(FlowKind.RouterAddress, distributed: true, legacy, null, "g").Nodes.ShouldBe(["l", "g"]);
    }

    [Fact]
    public void Without_a_gateway_node_only_what_is_distributed_goes_anywhere()
    {
        FlowPath.Of(FlowKind.SourceNat, distributed: true, s_a, null, null).ShouldBe(FlowPath.Nowhere);
        FlowPath.Of(FlowKind.EastWest, distributed: false, s_a, s_b, null).ShouldBe(FlowPath.Nowhere);
        FlowPath.Of(FlowKind.EastWest, distributed: true, s_a, s_b, null).Nodes.ShouldBe(["a", "b"]);
    }
}
