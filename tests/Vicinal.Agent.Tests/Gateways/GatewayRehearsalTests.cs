using Vicinal.Agent.Gateways;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class GatewayRehearsalTests
{
    [Fact]
    public void A_failure_and_a_handover_are_played_through() => GatewayRehearsal.Run().Served.ShouldBe(["one", "two", "three"]);
}
