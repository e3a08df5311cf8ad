using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class WitnessChoiceTests
{
    private readonly WitnessCloud _cloud = new();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(5, 5)]
    [InlineData(40, 5)]
    public void One_three_or_five_nodes_witness_as_there_are_nodes(int nodes, int witnesses)
    {
        for (int i = 0; i < nodes; i++)
        {
            _cloud.Add($"c{i}");
        }

        _cloud.Settle().Witnesses.Count.ShouldBe(witnesses);
    }

    [Fact]
    public void Gateway_nodes_witness_first_also_those_that_come_later()
    {
        for (int i = 0; i < 6; i++)
        {
            _cloud.Add($"c{i}").Settle();
        }

        _cloud.Witnesses.Count.ShouldBe(5);
        _cloud.Add("g1").Add("g2").Settle();
        _cloud.Witnesses.Count.ShouldBe(5);
        _cloud.Witnesses.ShouldContain("g1");
        _cloud.Witnesses.ShouldContain("g2");
    }

    [Fact]
    public void Of_two_nodes_the_gateway_witnesses() => _cloud.Add("c1").Settle().Add("g1").Settle().Witnesses.ShouldBe(["g1"]);

    [Fact]
    public void Zones_are_spread_over_when_that_costs_no_change()
    {
        _cloud.Add("c1", "az1").Add("c2", "az1").Add("c3", "az1").Add("c4", "az2");
        _cloud.Settle().Witnesses.ShouldContain("c4");

        WitnessCloud late = new WitnessCloud().Add("c1", "az1").Add("c2", "az1").Add("c3", "az1").Settle();
        late.Add("c4", "az2").Settle().Witnesses.ShouldBe(["c1", "c2", "c3"], "who witnesses well goes on");
    }

    [Fact]
    public void A_node_that_is_away_for_a_moment_goes_on_and_one_that_is_lost_is_replaced()
    {
        _cloud.Add("c1").Add("c2").Add("c3").Settle();
        _cloud.Add("c4").Settle().Witnesses.ShouldBe(["c1", "c2", "c3"]);
        uint version = _cloud.Policy.Version;
        _cloud.Is("c2", NodePresence.Silent).Settle().Policy.Version.ShouldBe(version);
        _cloud.Is("c2", NodePresence.Present).Settle().Policy.Version.ShouldBe(version);
        _cloud.Is("c2", NodePresence.Lost).Settle().Witnesses.ShouldBe(["c1", "c3", "c4"]);
        _cloud.Is("c2", NodePresence.Present).Settle().Witnesses.ShouldBe(["c1", "c3", "c4"], "who comes back finds the place taken");
    }

    [Fact]
    public void A_new_node_witnesses_only_when_it_is_there()
    {
        _cloud.Add("c1").Add("c2").Add("c3").Is("c3", NodePresence.Silent).Settle().Witnesses.Count.ShouldBe(1);
        _cloud.Is("c3", NodePresence.Present).Settle().Witnesses.Count.ShouldBe(3);
    }

    [Fact]
    public void A_node_that_is_disabled_deleted_or_without_tunnels_does_not_witness()
    {
        _cloud.Add("c1").Add("c2").Add("c3").Add("c4").Add("c5").Add("c6").Add("c7").Add("c8").Settle();
        _cloud.Cloud.Put(Agent("c1") with { AdminStateUp = false });
        _cloud.Settle().Witnesses.ShouldNotContain("c1");
        _cloud.Cloud.Put(Agent("c2") with { TunnelAddress = default });
        _cloud.Settle().Witnesses.ShouldNotContain("c2");
        _cloud.Cloud.Remove(Agent("c3"));
        _cloud.Settle().Witnesses.Order(StringComparer.Ordinal).ShouldBe(["c4", "c5", "c6", "c7", "c8"]);
    }

    private Agent Agent(string host) => _cloud.Topology.AgentOn(host)!;
}
