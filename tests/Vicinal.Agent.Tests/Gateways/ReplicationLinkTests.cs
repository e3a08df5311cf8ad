using System.Diagnostics;

namespace Vicinal.Agent.Tests.Gateways;

/// <summary>A node that serves a router and one that stands by, on threads and sockets of their own.</summary>
public sealed class ReplicationLinkTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly ReplicatingNode _active = new(1, incarnation: 1000);
    private ReplicatingNode _standby = new(2, incarnation: 2000);

    [Fact]
    public void A_standby_has_the_connections_that_there_were_and_those_that_come()
    {
        Serve();
        _active.Open(0, 500);
        _active.Replicate("g2");
        WaitInFull();
        _standby.Connections.ShouldBe(500);
        _active.Open(500, 300);
        WaitFor(() => _standby.Connections == 800, "the new ones to arrive");
        _active.Connections.ShouldBe(800);
    }

    [Fact]
    public void A_large_set_arrives_whole()
    {
        Serve();
        _active.Open(0, 50_000);
        int count = _active.Connections;
        count.ShouldBeGreaterThan(15_000, "beyond that the bound of decisions a second keeps some out");
        long start = Stopwatch.GetTimestamp();
        _active.Replicate("g2");
        WaitInFull();
        TestContext.Current.TestOutputHelper?.WriteLine($"{count / Stopwatch.GetElapsedTime(start).TotalSeconds:F0} records a second");
        _standby.Connections.ShouldBe(count);
    }

    [Fact]
    public void A_standby_that_starts_anew_has_everything_again()
    {
        Serve();
        _active.Replicate("g2");
        _active.Open(0, 100);
        WaitFor(() => _standby.Connections == 100, "the standby to have them");
        _standby.Dispose();
        _standby = new ReplicatingNode(2, incarnation: 3000);
        _standby.Apply("g1", "g2");
        _standby.SetActive("g1", 1);
        WaitInFull();
        _standby.Connections.ShouldBe(100);
    }

    [Fact]
    public void Connections_that_came_before_the_routers_row_are_asked_for_again()
    {
        _active.Apply("g1", "g2");
        _active.SetActive("g1", 1);
        _standby.Apply();
        _active.Open(0, 50);
        _active.Replicate("g2");
        WaitFor(() => _standby.Ask(() => _standby.Link.Actives.Any(stream => stream.HasMissed(ReplicatingNode.RouterId))), "the set to come too early");
        _standby.Connections.ShouldBe(0);
        _standby.Apply("g1", "g2");
        _standby.SetActive("g1", 1);
        WaitInFull();
        _standby.Connections.ShouldBe(50);
    }

    [Fact]
    public void What_a_node_says_that_another_has_followed_is_passed_over()
    {
        Serve();
        _active.Open(0, 20);
        _standby.SetActive("g2", 2);
        _standby.Open(100, 10);
        _active.Replicate("g2");
        WaitFor(() => _active.Ask(() => _active.Link.Standbys.Single().Sender.IsFlushed), "the stale node to have said everything");
        _standby.Connections.ShouldBe(10);
        _standby.IsInFull("g1").ShouldBeFalse();
    }

    public void Dispose()
    {
        _active.Dispose();
        _standby.Dispose();
    }

    private void Serve()
    {
        foreach (ReplicatingNode node in (ReplicatingNode[])[_active, _standby])
        {
            node.Apply("g1", "g2");
            node.SetActive("g1", 1);
        }
    }

    private void WaitInFull() => WaitFor(() => _standby.IsInFull("g1"), "the full set");

    private static void WaitFor(Func<bool> condition, string what) => SpinWait.SpinUntil(condition, s_patience).ShouldBeTrue($"waited for {what}");
}
