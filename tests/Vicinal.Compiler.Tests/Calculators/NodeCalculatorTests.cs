using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class NodeCalculatorTests
{
    private readonly CompiledCloud _compiled = new();

    [Fact]
    public void An_agent_is_a_node_with_its_tunnel_endpoint()
    {
        Agent agent = _compiled.Cloud.AddAgent("c1");
        _compiled.Row<NodeRow>().ShouldBe(new NodeRow(agent.Id, "c1", agent.TunnelAddress));
        _compiled.Cloud.Put(agent with { TunnelAddress = IpAddress.Parse("192.0.2.7") });
        _compiled.Row<NodeRow>().TunnelAddress.ShouldBe(IpAddress.Parse("192.0.2.7"));
        _compiled.Cloud.Remove(agent);
        _compiled.Rows<NodeRow>().ShouldBeEmpty();
    }

    [Fact]
    public void An_agent_that_restarts_changes_no_row()
    {
        Agent agent = _compiled.Cloud.AddAgent("c1");
        _compiled.Compile();
        _compiled.Cloud.Put(agent with { StartedAt = agent.StartedAt.AddDays(1) });
        _compiled.Compile().Rows.ShouldBeEmpty();
    }
}
