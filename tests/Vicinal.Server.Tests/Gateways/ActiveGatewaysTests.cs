using Microsoft.Extensions.Logging;
using Vicinal.Protocol.Gateways;
using Vicinal.Server.Gateways;
using Vicinal.Server.Tests.Distribution;

namespace Vicinal.Server.Tests.Gateways;

public sealed class ActiveGatewaysTests
{
    private static readonly Guid s_router = Guid.NewGuid();

    private readonly ManualTime _time = new();
    private readonly TestLog _log = new();
    private readonly ActiveGateways _gateways;

    public ActiveGatewaysTests() => _gateways = new ActiveGateways(_time, _log);

    [Fact]
    public void Of_two_that_say_they_serve_the_one_of_the_newer_epoch_does()
    {
        Tell("g1", GatewayRole.Active, 1UL << 32 | 4).ShouldBe([s_router]);
        _time.Advance(TimeSpan.FromSeconds(5));
        Tell("g2", GatewayRole.Active, 1UL << 32 | 3).ShouldBeEmpty();
        _gateways.Find(s_router)!.Host.ShouldBe("g1");
        _gateways.RoleOf(s_router, "g2").ShouldBe(GatewayRole.Standby);

        Tell("g2", GatewayRole.Active, 2UL << 32).ShouldBe([s_router]);
        _gateways.Find(s_router).ShouldBe(new ActiveGateway("g2", 2UL << 32, _time.GetUtcNow(), "g1"));
        _gateways.RoleOf(s_router, "g1").ShouldBe(GatewayRole.Standby, "it has not heard yet");
        _gateways.RoleOf(s_router, "g2").ShouldBe(GatewayRole.Active);
        _log.Of(LogLevel.Information).ShouldContain($"The gateway of router {s_router} is served by g2, before by g1, epoch 2.0");
    }

    [Fact]
    public void A_late_word_of_who_served_before_takes_nothing_from_who_serves_now()
    {
        Tell("g1", GatewayRole.Active, 4);
        Tell("g2", GatewayRole.Active, 5);
        Tell("g1", GatewayRole.Standby, 5).ShouldBeEmpty();
        _gateways.Find(s_router)!.Host.ShouldBe("g2");
    }

    [Fact]
    public void A_handover_is_logged_from_the_one_to_the_other_also_where_nobody_served_in_between()
    {
        Tell("g1", GatewayRole.Active, 4);
        Tell("g1", GatewayRole.Standby, 4).ShouldBe([s_router]);
        _gateways.Find(s_router)!.Host.ShouldBeNull();
        Tell("g2", GatewayRole.Active, 5);
        _log.Of(LogLevel.Information).ShouldContain($"The gateway of router {s_router} is served by g2, before by g1, epoch 0.5");
    }

    [Fact]
    public void Who_paused_goes_on_under_its_epoch()
    {
        Tell("g1", GatewayRole.Active, 4);
        Tell("g1", GatewayRole.Standby, 4);
        Tell("g1", GatewayRole.Active, 4).ShouldBe([s_router]);
        _gateways.Find(s_router)!.Host.ShouldBe("g1");
    }

    [Fact]
    public void All_roles_of_a_node_take_the_place_of_what_it_said_before()
    {
        Guid other = Guid.NewGuid();
        _gateways.Told("g1", all: true, [new(s_router, GatewayRole.Active, 1), new(other, GatewayRole.Standby, 7)]);
        _gateways.Told("g1", all: true, [new(other, GatewayRole.Active, 8)]).ShouldBe([s_router, other], ignoreOrder: true);
        _gateways.Find(s_router)!.Host.ShouldBeNull();
        _gateways.Find(other)!.Host.ShouldBe("g1");
    }

    [Fact]
    public void Who_says_nothing_of_gateways_goes_by_its_place_and_who_does_is_believed()
    {
        _gateways.ServingHost(s_router, "g1").ShouldBe("g1");
        _gateways.RoleOf(s_router, "g1").ShouldBeNull();
        _gateways.Told("g1", all: false, [new(Guid.NewGuid(), GatewayRole.Standby, 1)]);
        _gateways.ServingHost(s_router, "g1").ShouldBeNull();
        _gateways.RoleOf(s_router, "g1").ShouldBe(GatewayRole.Standby);
        Tell("g2", GatewayRole.Active, 1);
        _gateways.ServingHost(s_router, "g1").ShouldBe("g2");
        _gateways.Forget(s_router);
        _gateways.Find(s_router).ShouldBeNull();
    }

    private IReadOnlyList<Guid> Tell(string host, GatewayRole role, ulong epoch) => _gateways.Told(host, all: false, [new(s_router, role, epoch)]);
}
