using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class GatewayPolicyCalculatorTests
{
    private readonly CompiledCloud _compiled = new();

    [Fact]
    public void Every_node_is_told_how_gateways_are_watched_once_somebody_witnesses()
    {
        _compiled.Cloud.AddAgent("c1");
        GatewayPolicy policy = _compiled.Cloud.Put(new GatewayPolicy { Id = Guid.Empty, HoldSeconds = 20, Preempt = false });
        _compiled.Rows<GatewayPolicyRow>().ShouldBeEmpty();

        policy = _compiled.Cloud.Put(policy with { Witnesses = ["c1"], Version = 1 });
        _compiled.Row<GatewayPolicyRow>().ShouldBe(new GatewayPolicyRow(["c1"], 1, 10, 3, 40, 20, Preempt: false));
        _compiled.Snapshot.UnitsOf("c1").ShouldContain(UnitId.Directory);
        _compiled.Snapshot.Unit(UnitId.Directory).Rows.OfType<GatewayPolicyRow>().Count().ShouldBe(1);

        _compiled.Cloud.Put(policy with { FormerWitnesses = ["c2"], AutomaticFailover = true });
        _compiled.Compile().Rows.ShouldBeEmpty("what is the server's own concern");
    }
}
