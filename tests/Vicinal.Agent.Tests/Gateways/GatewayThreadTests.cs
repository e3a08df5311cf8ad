using Vicinal.Agent.Gateways;
using Vicinal.Forwarding;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Agent.Tests.Gateways;

/// <summary>Three gateway threads that speak over real sockets about one router.</summary>
public sealed class GatewayThreadTests : IDisposable
{
    private static readonly Guid s_router = new("00000001-0000-0000-0000-000000000001");
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly TestGateway[] _gateways = [new(1), new(2), new(3)];

    public GatewayThreadTests()
    {
        foreach (TestGateway gateway in _gateways)
        {
            gateway.Replicated = (router, standby, replicates) => Array.Find(_gateways, other => other.Host == standby)!.Thread.Post(
                (election, now, effects) => election.SetReplicated(router, gateway.Host, replicates, now, effects));
            gateway.Thread.Apply(Rows());
        }
    }

    [Fact]
    public void One_serves_and_when_its_thread_ends_another_does_after_the_lease()
    {
        Start(_gateways);
        TestGateway first = WaitServed();
        first.Thread.Dispose();
        TestGateway second = WaitServed(except: first);
        second.ShouldNotBe(first);
        first.Lease.Holds(GatewayLease.Short).ShouldBeFalse("the lease ran out before");
    }

    [Fact]
    public void A_node_whose_data_path_stands_still_serves_no_more_and_another_does()
    {
        Start(_gateways);
        TestGateway first = WaitServed();
        first.StopBeating();
        _ = WaitServed(except: first);
        first.Serves.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_leaves_hands_over_within_its_time_and_says_so_to_the_server()
    {
        Start(_gateways);
        TestGateway first = WaitServed();
        await first.Thread.LeaveAsync(s_patience);
        first.Serves.ShouldBeFalse();
        TestGateway second = WaitServed(except: first);
        SpinWait.SpinUntil(() => second.Reports.LastOrDefault().Role == GatewayRole.Active, s_patience).ShouldBeTrue();
        SpinWait.SpinUntil(() => first.Reports.Last().Role == GatewayRole.Standby, s_patience).ShouldBeTrue();
        second.Reports.Last().Epoch.ShouldBeGreaterThan(first.Reports.First(report => report.Role == GatewayRole.Active).Epoch);
    }

    [Fact]
    public async Task What_it_shows_names_the_witnesses_the_peers_and_the_router()
    {
        Start(_gateways);
        TestGateway first = WaitServed();
        GatewayReport report = await first.Thread.ReadAsync();
        SpinWait.SpinUntil(() => (report = first.Thread.ReadAsync().GetAwaiter().GetResult()).Peers.Count(peer => peer.State == Vicinal.Gateways.Bfd.BfdState.Up) == 2, s_patience)
            .ShouldBeTrue("both others are up");
        report.Ready.ShouldBeTrue();
        report.Routers.Single().Active.ShouldBe(first.Host);
        report.Witnesses.Select(witness => witness.Host).ShouldBe(["g1", "g2", "g3"], ignoreOrder: true);
        report.Witnesses.Count(witness => witness.LastAnswer is not null).ShouldBeGreaterThanOrEqualTo(2);
        report.Stalls.Samples.ShouldBeGreaterThan(0);
        report.Since.ContainsKey(s_router).ShouldBeTrue();
    }

    [Fact]
    public void Nothing_is_allocated_while_nothing_changes()
    {
        // The first one's rounds are run here, where what they allocate can be counted.
        TestGateway counted = _gateways[0];
        Start(_gateways[1..]);
        RunUntil(counted, () => _gateways.Any(gateway => gateway.Serves) && counted.Actives.LastOrDefault().Host is not null);
        for (int i = 0; i < 2000; i++)
        {
            counted.Thread.Round();
        }

        long least = long.MaxValue;
        for (int go = 0; go < 5 && least > 0; go++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 200; i++)
            {
                counted.Thread.Round();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.ShouldBe(0);
    }

    [Fact]
    public async Task Before_its_rows_a_node_is_not_ready_and_no_lease_holds_whatever_the_data_path_says()
    {
        using TestGateway gateway = new(4);
        gateway.Pulse.Beat();
        for (int round = 0; round < 3; round++)
        {
            gateway.Thread.Round();
        }

        gateway.Thread.Start();
        (await gateway.Thread.ReadAsync()).Ready.ShouldBeFalse();
        gateway.Lease.Holds(GatewayLease.Short).ShouldBeFalse("it is not known yet whether the cloud has elections");

        gateway.Thread.Apply([]);
        SpinWait.SpinUntil(() => gateway.Lease.Holds(GatewayLease.Short), s_patience).ShouldBeTrue("it has none, and thus no end to any lease");
        (await gateway.Thread.ReadAsync()).Ready.ShouldBeTrue();
    }

    [Fact]
    public async Task Datagrams_of_strangers_are_counted_and_passed_over()
    {
        Start(_gateways);
        TestGateway first = WaitServed();

        // Who started sooner may have spoken before this one knew it by its rows.
        long before = (await first.Thread.ReadAsync()).FromStrangers;
        using Devices.Control.ControlSocket socket = Devices.Control.ControlSocket.Open(TestGateway.AddressOf(10), GatewayPorts.Control);
        socket.Send(first.Address, GatewayPorts.Control, new byte[64]).ShouldBeTrue();
        SpinWait.SpinUntil(() => first.Thread.ReadAsync().GetAwaiter().GetResult().FromStrangers == before + 1, s_patience).ShouldBeTrue();
        first.Serves.ShouldBeTrue();
    }

    public void Dispose() => Array.ForEach(_gateways, gateway => gateway.Dispose());

    private static void Start(IEnumerable<TestGateway> gateways)
    {
        foreach (TestGateway gateway in gateways)
        {
            gateway.Thread.Start();
        }
    }

    private static void RunUntil(TestGateway gateway, Func<bool> condition)
    {
        long start = Environment.TickCount64;
        while (!condition())
        {
            gateway.Thread.Round();
            (Environment.TickCount64 - start).ShouldBeLessThan((long)s_patience.TotalMilliseconds);
        }
    }

    private TestGateway WaitServed(TestGateway? except = null)
    {
        SpinWait.SpinUntil(() => _gateways.Any(gateway => gateway != except && gateway.Serves), s_patience).ShouldBeTrue("nobody serves");
        return _gateways.First(gateway => gateway != except && gateway.Serves);
    }

    private static List<RowChange> Rows()
    {
        string[] hosts = ["g1", "g2", "g3"];
        List<Row> rows =
        [
            new GatewayPolicyRow([.. hosts], 1, 10, 3, 40, 10, true),
            new RouterRow(s_router, 900, true, true, [.. hosts.Select((host, i) => new GatewayNode(host, 3 - i))], GatewayLease.Short, 1),
            .. hosts.Select((host, i) => new NodeRow(new Guid(i + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2), host, TestGateway.AddressOf(i + 1))),
        ];
        return [.. rows.Select(row => new RowChange(row.Unit, row.Key, row))];
    }
}
