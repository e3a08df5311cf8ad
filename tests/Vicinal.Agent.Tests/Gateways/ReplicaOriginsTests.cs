using Vicinal.Agent.Gateways.Replication;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class ReplicaOriginsTests
{
    private static readonly Guid s_router = new("00000001-0000-0000-0000-000000000001");

    private readonly ReplicaOrigins _origins = new();

    [Fact]
    public void A_set_may_come_before_the_word_on_who_serves()
    {
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1").ShouldBeTrue();
        Serves("g1", new Epoch(1, 2));
        _origins.IsFrom(s_router, "g1").ShouldBeTrue();
    }

    [Fact]
    public void Of_two_that_say_they_serve_the_one_with_the_newer_epoch_is_heard()
    {
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1").ShouldBeTrue();
        _origins.TryBegin(s_router, new Epoch(1, 3), "g2").ShouldBeTrue();
        _origins.IsFrom(s_router, "g1").ShouldBeFalse("what it says from now on is old");
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1").ShouldBeFalse();
        _origins.IsFrom(s_router, "g2").ShouldBeTrue();
    }

    [Fact]
    public void A_newer_claim_ends_what_the_earlier_node_says()
    {
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1");
        Serves("g2", new Epoch(1, 3));
        _origins.IsFrom(s_router, "g1").ShouldBeFalse();
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1").ShouldBeFalse();
    }

    [Fact]
    public void Who_serves_on_under_a_newer_epoch_is_heard_on()
    {
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1");
        Serves("g1", new Epoch(2, 3));
        _origins.IsFrom(s_router, "g1").ShouldBeTrue();
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1").ShouldBeTrue("a set that it began before it was given the newer epoch");
        _origins.TryBegin(s_router, new Epoch(1, 9), "g2").ShouldBeFalse();
    }

    [Fact]
    public void A_node_that_serves_itself_hears_nobody_of_its_epoch_or_an_older_one()
    {
        Serves("here", new Epoch(2, 1), here: true);
        _origins.TryBegin(s_router, new Epoch(1, 9), "g1").ShouldBeFalse();
        _origins.TryBegin(s_router, new Epoch(2, 2), "g1").ShouldBeTrue("it has taken over");
    }

    [Fact]
    public void After_a_stream_began_anew_its_routers_are_to_begin_anew()
    {
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1");
        _origins.Forget("g1").ShouldBe([s_router]);
        _origins.IsFrom(s_router, "g1").ShouldBeFalse();
        _origins.TryBegin(s_router, new Epoch(1, 2), "g1").ShouldBeTrue();
    }

    private void Serves(string host, Epoch epoch, bool here = false) => _origins.Apply(new ActiveChange(s_router, host, epoch, here, ActiveReason.Claimed, 1));
}
