using Vicinal.Server.Distribution;

namespace Vicinal.Server.Tests.Distribution;

public sealed class AgentLivenessTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void An_agent_silent_for_longer_than_the_down_time_is_not_alive()
    {
        AgentLiveness liveness = new(_time, AgentLiveness.DefaultDownTime);
        liveness.Heard("c1");
        _time.Advance(TimeSpan.FromSeconds(75));
        liveness.IsAlive("c1").ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(1));
        liveness.IsAlive("c1").ShouldBeFalse();
        liveness.Heard("c1");
        liveness.IsAlive("c1").ShouldBeTrue();
    }

    [Fact]
    public void A_restart_of_the_server_makes_no_agent_look_dead()
    {
        _time.Advance(TimeSpan.FromHours(1));
        AgentLiveness liveness = new(_time, AgentLiveness.DefaultDownTime);
        liveness.IsAlive("c1").ShouldBeTrue();
        liveness.LastHeard("c1").ShouldBe(_time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(76));
        liveness.IsAlive("c1").ShouldBeFalse();
    }
}
