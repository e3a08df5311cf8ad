using Vicinal.Model.Resources;
using Vicinal.Server.Store;
using Vicinal.Server.Store.Sqlite;

namespace Vicinal.Server.Tests.Store;

public sealed class CrashTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_server_killed_at_any_moment_has_lost_no_acknowledged_write()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using StoreFolder folder = new(onDisk: true);
        HashSet<string> networks = [];
        HashSet<string> ports = [];
        HashSet<string> gone = [];
        for (int round = 0; round < 25; round++)
        {
            using StoreWriterProcess child = StoreWriterProcess.Start(StoreWriterProcess.Command(folder.File, writers: 8, count: 0));
            await child.WaitForAsync(lines => lines.Count > 1);
            await Task.Delay(random.Next(0, 40));
            foreach (string[] words in (await child.KillAsync()).Select(line => line.Split(' ')))
            {
                if (words[0] == "ack")
                {
                    networks.Add(words[1]);
                    ports.Add(words[2]);
                }
                else if (words[0] == "gone")
                {
                    gone.Add(words[1]);
                }
            }

            using SqliteStore store = SqliteStore.Open(folder.File);
            CheckHolds(store.Load(), networks, ports, gone);
        }

        networks.Count.ShouldBeGreaterThan(25);
        output.WriteLine($"{networks.Count} acknowledged writes and {gone.Count} removals over 25 kills");
    }

    private static void CheckHolds(StoredState state, HashSet<string> networks, HashSet<string> ports, HashSet<string> gone)
    {
        HashSet<string> held = [.. state.Resources.Select(r => r.Id.ToString())];
        networks.Except(held).ShouldBeEmpty("networks are missing");
        gone.Intersect(held).ShouldBeEmpty("removed ports came back");

        // A port whose removal was under way when the child died may be there or not, and only such a port.
        ports.Except(held).Except(gone).Count().ShouldBeLessThanOrEqualTo(8 * 25);
        state.Resources.OfType<Network>().Count().ShouldBe(state.Resources.OfType<Subnet>().Count(), "half an edit");
        Vicinal.Model.Topology topology = StoredTopology.Build(state);
        foreach (Network network in state.Resources.OfType<Network>())
        {
            // The key of a removed port is not given again.
            topology.NextPortKey(network.Id).ShouldBe(2u);
        }
    }
}
