extern alias AgentSide;

using AgentSide::Vicinal.Agent;
using Microsoft.Extensions.Logging;
using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Store;

namespace Vicinal.Server.Tests.Distribution;

/// <summary>A server and agents over loopback: what one writes, the others have in force.</summary>
public sealed class LinkTests
{
    [Fact]
    public async Task An_agent_is_sent_what_it_needs_and_each_change_of_it()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        Network other = await server.NetworkAsync();
        Port first = await server.PortAsync(network, "c1");
        await using TestAgent agent = TestAgent.To(server, "c1");
        await agent.ConnectedAsync();
        await server.AppliedAsync();
        agent.Holds(first.Id).ShouldBeTrue();
        agent.Holds(network.Id).ShouldBeTrue();
        agent.Holds(other.Id).ShouldBeFalse("it has no port on the other network");
        agent.InForce.Values.OfType<NodeRow>().ShouldHaveSingleItem().Host.ShouldBe("c1");

        Port second = await server.PortAsync(network, "c2");
        await server.AppliedAsync();
        agent.InForce[(UnitId.Network(network.Id), new RowKey(RowKind.Endpoint, second.Id))].ShouldBeOfType<EndpointRow>().Host.ShouldBe("c2");
        agent.Batches.Last().Changes.ShouldHaveSingleItem();
        agent.Link.Revision.ShouldBe(server.Topology.Revision);

        await server.Writer.WriteAsync(edit => edit.Remove(first));
        await server.AppliedAsync();
        agent.InForce.Keys.ShouldAllBe(key => key.Unit == UnitId.Directory, "with its last port there the network went too");
    }

    [Fact]
    public async Task A_port_becomes_active_when_its_own_node_says_so_and_keeps_its_status_while_the_node_is_silent()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        Port port = await server.PortAsync(network, "c1");
        await using TestAgent stranger = TestAgent.To(server, "c2");
        await stranger.ConnectedAsync();
        stranger.Link.Report(new PortReport(port.Id, Up: true, "not mine"));
        await using (TestAgent agent = TestAgent.To(server, "c1"))
        {
            await agent.ConnectedAsync();
            server.Topology.Ports[port.Id].Status.ShouldBe(PortStatus.Down);
            agent.Link.Report(new PortReport(port.Id, Up: true, "wired"));
            await server.StatusAsync(port.Id, PortStatus.Active);
            agent.Link.Report(new PortReport(port.Id, Up: false, "the tap went"));
            await server.StatusAsync(port.Id, PortStatus.Down);
            agent.Link.Report(new PortReport(port.Id, Up: true, "wired"));
            await server.StatusAsync(port.Id, PortStatus.Active);
        }

        server.Liveness.Heard("c1");
        server.Time.Advance(TimeSpan.FromSeconds(80));
        server.Liveness.IsAlive("c1").ShouldBeFalse();
        await server.Writer.WriteAsync(edit => 0);
        server.Topology.Ports[port.Id].Status.ShouldBe(PortStatus.Active);
    }

    [Fact]
    public async Task A_port_that_was_unbound_and_bound_again_before_anybody_noticed_becomes_active_again()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        Port port = await server.PortAsync(network, "c1");
        await using TestAgent agent = TestAgent.To(server, "c1");
        await agent.ConnectedAsync();
        agent.Link.Report(new PortReport(port.Id, Up: true, "wired"));
        await server.StatusAsync(port.Id, PortStatus.Active);
        for (int i = 0; i < 20; i++)
        {
            // Compiled together or apart, as the threads happen to run.
            Task<long> unbind = server.Writer.WriteAsync(edit => { Rebind(edit, port.Id, ""); });
            Task<long> bind = server.Writer.WriteAsync(edit => { Rebind(edit, port.Id, "c1"); });
            await Task.WhenAll(unbind, bind);
            await server.AppliedAsync();
            if (!agent.Holds(port.Id))
            {
                continue;
            }

            // A data path says so when it wires a row that went and came back.
            if (agent.Batches.Last().Changes.Any(change => change.Key == new RowKey(RowKind.LocalPort, port.Id)))
            {
                agent.Link.Report(new PortReport(port.Id, Up: true, "wired"));
            }

            await server.StatusAsync(port.Id, PortStatus.Active);
        }
    }

    [Fact]
    public async Task An_agent_keeps_its_state_while_the_server_is_away_and_is_sent_no_row_that_it_has()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        for (int i = 0; i < 20; i++)
        {
            await server.PortAsync(network, "c1");
        }

        await using TestAgent agent = TestAgent.To(server, "c1");
        await agent.ConnectedAsync();
        await server.AppliedAsync();
        int rows = agent.InForce.Count;
        agent.Link.Report(new PortReport(server.Topology.Ports.Keys.First(), Up: true, "wired"));
        await server.StopAsync();
        await Eventually.AsyncTrue(() => agent.Link.ConnectedTo is null, () => "still connected");
        agent.InForce.Count.ShouldBe(rows);
        agent.Batches.Clear();

        await server.StartAgainAsync();
        await agent.ConnectedAsync();
        await server.AppliedAsync();
        agent.Batches.SelectMany(batch => batch.Changes).ShouldBeEmpty();
        agent.InForce.Count.ShouldBe(rows);

        // What was reported is reported to the new server too.
        await Eventually.AsyncTrue(() => server.Topology.Ports.Values.Count(p => p.Status == PortStatus.Active) == 1, () => "no port is ACTIVE");
        Port next = await server.PortAsync(network, "c1");
        await server.AppliedAsync();
        agent.Holds(next.Id).ShouldBeTrue();
    }

    [Fact]
    public async Task An_agent_that_was_away_for_long_is_sent_what_changed()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        Port first = await server.PortAsync(network, "c1");
        Guid id = Guid.NewGuid();
        await using TestAgent agent = new("c1", [server.Address], id: id);
        await agent.ConnectedAsync();

        // More changes than any history has, while no stream is there.
        await server.Listener.DisposeAsync();
        await Eventually.AsyncTrue(() => agent.Link.ConnectedTo is null, () => "still connected");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => server.PortAsync(network, $"x{i}")));
        await server.Writer.WriteAsync(edit => edit.Remove(first));
        await server.PortAsync(network, "c1");
        await server.Distributor.DisposeAsync();
        await server.Writer.DisposeAsync();
        await server.StartAgainAsync();
        await agent.ConnectedAsync();
        await server.AppliedAsync();
        agent.InForce.Values.OfType<EndpointRow>().Count().ShouldBe(101);
        agent.Holds(first.Id).ShouldBeFalse();
    }

    [Fact]
    public async Task Two_agents_share_one_encoding()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        List<TestAgent> agents = [];
        for (int i = 0; i < 4; i++)
        {
            await server.PortAsync(network, $"c{i}");
            agents.Add(TestAgent.To(server, $"c{i}"));
            await agents[^1].ConnectedAsync();
        }

        await server.AppliedAsync();
        int before = server.Distributor.Encodings;
        await server.PortAsync(network, "elsewhere");
        await server.AppliedAsync();
        (server.Distributor.Encodings - before).ShouldBe(1);
        agents.ShouldAllBe(agent => agent.InForce.Values.OfType<EndpointRow>().Count() == 5);
        foreach (TestAgent agent in agents)
        {
            await agent.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_slow_agent_is_sent_the_newest_state_and_makes_no_queue()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        await server.PortAsync(network, "slow");
        using SemaphoreSlim gate = new(0);
        await using TestAgent slow = new("slow", [server.Address], before: _ => gate.WaitAsync(TimeSpan.FromSeconds(30)));
        await using TestAgent quick = TestAgent.To(server, "quick");
        await quick.ConnectedAsync();
        Port port = await server.PortAsync(network, "quick");
        for (int i = 0; i < 3000; i++)
        {
            int n = i;
            await server.Writer.WriteAsync(edit => { edit.Put(edit.Current.Ports[port.Id] with { MacAddress = new Packets.MacAddress((ulong)n + 1) }); });
        }

        long revision = server.Topology.Revision;
        await Eventually.AsyncTrue(() => quick.Link.Revision == revision, () => "the quick one waits for the slow one");
        await Eventually.AsyncTrue(
            () => server.Distributor.Applied.Find(revision) is { Pending: ["slow"] }, () => $"{server.Distributor.Applied.Find(revision)}");
        gate.Release(10_000);
        await server.AppliedAsync();
        slow.Batches.Count.ShouldBeLessThan(20);
        slow.InForce[(UnitId.Network(network.Id), new RowKey(RowKind.Endpoint, port.Id))].ShouldBeOfType<EndpointRow>()
            .Mac.ShouldBe(new Packets.MacAddress(3000));
    }

    [Fact]
    public async Task A_row_that_cannot_be_applied_harms_only_itself_and_is_reported()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        Port poison = await server.PortAsync(network, "c1");
        for (int i = 0; i < 30; i++)
        {
            await server.PortAsync(network, "c1");
        }

        await using TestAgent agent = new("c1", [server.Address], before: batch => batch.Changes.Any(change => change.Key.Id == poison.Id && change.Row is not null)
            ? throw new InvalidOperationException("this row is poison")
            : Task.CompletedTask);
        await server.AppliedAsync();
        await Eventually.AsyncTrue(() => agent.InForce.Values.OfType<LocalPortRow>().Count() == 30, () => "not all other ports are in force");
        agent.Holds(poison.Id).ShouldBeFalse();
        await Eventually.AsyncTrue(
            () => server.Log.Of(LogLevel.Error).Any(line => line.Contains("poison", StringComparison.Ordinal) && line.Contains("c1", StringComparison.Ordinal)),
            () => "the server has not heard of it");
    }

    [Fact]
    public async Task A_second_node_of_the_same_name_is_refused_and_the_same_agent_may_come_back()
    {
        await using TestServer server = await TestServer.StartAsync();
        TestAgent first = TestAgent.To(server, "c1");
        await first.ConnectedAsync();
        await using TestAgent second = TestAgent.To(server, "c1");
        await Eventually.AsyncTrue(
            () => second.Log.Of(LogLevel.Warning).Any(line => line.Contains("host names are unique", StringComparison.Ordinal)),
            () => string.Join('\n', second.Log.Of(LogLevel.Warning)));
        await using TestAgent again = new("c1", [server.Address], id: first.Id);
        await again.ConnectedAsync();
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Servers_are_tried_in_turn()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using TestAgent agent = new("c1", ["127.0.0.1:1", "localhost.invalid:9697", server.Address]);
        await agent.ConnectedAsync();
        agent.Link.ConnectedTo.ShouldBe(server.Address);
    }

    [Fact]
    public async Task A_known_agent_is_served_while_the_disk_is_full()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        Port port = await server.PortAsync(network, "c1");
        Guid id = Guid.NewGuid();
        await using (TestAgent agent = new("c1", [server.Address], id: id))
        {
            await agent.ConnectedAsync();
        }

        server.Store.BeforeCommit = _ => throw new StoreException("No space is left.");
        await using TestAgent again = new("c1", [server.Address], id: id);
        await again.ConnectedAsync();
        await Eventually.AsyncTrue(() => again.Holds(port.Id), () => "nothing is sent");

        // Its words are written when there is room.
        again.Link.Report(new PortReport(port.Id, Up: true, "wired"));
        await Eventually.AsyncTrue(
            () => server.Log.Of(LogLevel.Warning).Any(line => line.Contains("No space is left", StringComparison.Ordinal)), () => "no word of the full disk");
        server.Store.BeforeCommit = null;
        await server.StatusAsync(port.Id, PortStatus.Active);
    }

    [Fact]
    public async Task Heartbeats_are_signs_of_life_and_tell_counters()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using TestAgent agent = TestAgent.To(server, "c1");
        await agent.ConnectedAsync();
        server.Time.Advance(TimeSpan.FromMinutes(10));
        await Eventually.AsyncTrue(() => server.Liveness.IsAlive("c1"), () => "c1 is not alive");
        await Eventually.AsyncTrue(() => server.Distributor.CountersOf("c1").GetValueOrDefault("received") == 42, () => "no counters");
    }

    private static void Rebind(TopologyEdit edit, Guid port, string host) => edit.Put(edit.Current.Ports[port] with
    {
        BindingHostId = host,
        BindingVifType = host.Length == 0 ? "unbound" : "ovs",
        Status = PortStatus.Down,
    });
}
