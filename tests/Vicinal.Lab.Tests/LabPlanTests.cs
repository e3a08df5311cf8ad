using Vicinal.Lab.Plan;
using Vicinal.Packets;

namespace Vicinal.Lab.Tests;

public sealed class LabPlanTests
{
    private static readonly LabPlan s_plan = LabPlan.Standard("x");

    [Fact]
    public void The_standard_lab_has_three_computes_and_two_gateways() =>
        s_plan.Nodes.Select(node => (node.Name, node.Mode)).ShouldBe([("c1", "dvr"), ("c2", "dvr"), ("c3", "dvr"), ("g1", "dvr_snat"), ("g2", "dvr_snat")]);

    [Fact]
    public void No_two_members_share_an_address()
    {
        IpAddress[] addresses =
        [
            s_plan.ServerAddress, s_plan.Upstream, s_plan.Internet, .. s_plan.Nodes.Select(s_plan.UnderlayAddress), .. s_plan.Nodes.Select(s_plan.HostAddress),
        ];
        addresses.ShouldBeUnique();
        s_plan.Nodes.ShouldAllBe(node => s_plan.Underlay.Contains(s_plan.UnderlayAddress(node)) && s_plan.External.Contains(s_plan.HostAddress(node)));
        s_plan.External.Contains(s_plan.Internet).ShouldBeFalse("the internet is beyond the segment");
    }

    [Fact]
    public void Nodes_addresses_are_outside_of_the_pool_that_the_demo_gives_the_cloud()
    {
        IpAddress last = IpAddress.FromValue(s_plan.External.Address.Value + 150);
        s_plan.Nodes.ShouldAllBe(node => s_plan.HostAddress(node).Value > last.Value);
    }

    [Fact]
    public void Labs_of_different_names_share_no_namespace()
    {
        LabPlan other = LabPlan.Standard("y");
        s_plan.Namespace("c1").ShouldBe("vicinal-x-c1");
        other.Namespace("c1").StartsWith(s_plan.NamespacePrefix, StringComparison.Ordinal).ShouldBeFalse();
    }
}
