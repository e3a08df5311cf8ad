using Microsoft.Extensions.Logging;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Tests.Distribution;

/// <summary>A bug in the compiler that one edit brings out.</summary>
public sealed class PoisonEditTests
{
    [Fact]
    public async Task Changes_that_cannot_be_compiled_are_compiled_from_nothing_and_agents_are_brought_there()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        Port gone = await server.PortAsync(network, "c1");
        await using TestAgent agent = TestAgent.To(server, "c1");
        await agent.ConnectedAsync();
        await server.AppliedAsync();
        int fails = 1;
        server.Distributor.BeforeCompiling = changes => Throw(changes && fails-- > 0);
        Port next = await server.WriteAsync(edit =>
        {
            edit.Remove(gone);
            return edit.Put(gone with { Id = edit.NewId(), PortKey = 9 });
        });
        await server.AppliedAsync();
        agent.Holds(gone.Id).ShouldBeFalse();
        agent.Holds(next.Id).ShouldBeTrue();
        server.Log.Of(LogLevel.Critical).ShouldHaveSingleItem();

        // From here on changes are changes again.
        Port last = await server.PortAsync(network, "c2");
        await server.AppliedAsync();
        agent.Holds(last.Id).ShouldBeTrue();
        agent.Batches.Last().Changes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_edit_that_cannot_be_compiled_at_all_takes_nothing_from_the_agents_and_is_over_with_the_next()
    {
        await using TestServer server = await TestServer.StartAsync();
        Network network = await server.NetworkAsync();
        Port good = await server.PortAsync(network, "c1");
        await using TestAgent agent = TestAgent.To(server, "c1");
        await agent.ConnectedAsync();
        await server.AppliedAsync();
        server.Distributor.BeforeCompiling = _ => Throw(true);
        Port poison = await server.PortAsync(network, "c1");
        long poisoned = server.Topology.Revision;
        await Eventually.AsyncTrue(() => server.Log.Of(LogLevel.Critical).Count() == 2, () => "it was compiled");
        server.Topology.Ports.ShouldContainKey(poison.Id);
        agent.Holds(good.Id).ShouldBeTrue();
        agent.Link.ConnectedTo.ShouldNotBeNull();

        server.Distributor.BeforeCompiling = null;
        Port next = await server.PortAsync(network, "c1");
        await server.AppliedAsync();
        server.Distributor.Applied.Find(poisoned).ShouldNotBeNull().Pending.ShouldBeEmpty();
        new[] { good, poison, next }.ShouldAllBe(port => agent.Holds(port.Id));
    }

    private static void Throw(bool now)
    {
        if (now)
        {
            throw new InvalidOperationException("a bug");
        }
    }
}
