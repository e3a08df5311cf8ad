using Vicinal.Agent.Gateways;
using Vicinal.Forwarding;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class AwaitedGatewaysTests
{
    private static readonly Guid s_leased = new("00000001-0000-0000-0000-000000000001");
    private static readonly Guid s_single = new("00000001-0000-0000-0000-000000000002");

    private readonly AwaitedGateways _awaited = new();

    [Fact]
    public void Without_leased_routers_nothing_is_waited_for()
    {
        _awaited.TryEnd(0).ShouldBeFalse("there is no state yet");
        Begin(Row(s_single, GatewayLease.None));
        _awaited.TryEnd(1000).ShouldBeTrue();
        _awaited.TryEnd(1000).ShouldBeFalse("once");
    }

    [Fact]
    public void The_wait_ends_when_the_last_router_has_somebody_who_serves()
    {
        Begin(Row(s_leased, GatewayLease.Short), Row(s_single, GatewayLease.Long));
        Serves(s_leased, "g1");
        _awaited.TryEnd(1010).ShouldBeFalse();
        Serves(s_single, null);
        _awaited.TryEnd(1010).ShouldBeFalse("nobody is not somebody");
        Serves(s_single, "g2");
        _awaited.TryEnd(1010).ShouldBeTrue();
    }

    [Fact]
    public void A_router_that_nobody_serves_is_not_waited_for_for_ever()
    {
        Begin(Row(s_leased, GatewayLease.Short));
        _awaited.TryEnd(1299).ShouldBeFalse();
        _awaited.TryEnd(1300).ShouldBeTrue();
    }

    private void Begin(params RouterRow[] rows) => _awaited.Begin([.. rows.Select(row => new RowChange(row.Unit, row.Key, row))], 1000);

    private void Serves(Guid router, string? host) => _awaited.Apply([new ActiveChange(router, host, new Epoch(1, 1), false, ActiveReason.Claimed, 1)]);

    private static RouterRow Row(Guid id, GatewayLease lease) => new(id, 900, true, true, [new GatewayNode("g1", 1)], lease, 1);
}
