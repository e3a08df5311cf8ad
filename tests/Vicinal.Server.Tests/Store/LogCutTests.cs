using System.Collections.Concurrent;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Store;
using Vicinal.Server.Store.Sqlite;
using Vicinal.StoreWriter;

namespace Vicinal.Server.Tests.Store;

/// <summary>A power cut leaves the log as far as the disk had come; whatever that is, the store starts from a prefix of the commits.</summary>
public sealed class LogCutTests(ITestOutputHelper output)
{
    private const int Commits = 3;

    [Fact]
    public void A_log_cut_at_any_offset_starts_from_a_prefix_of_the_commits()
    {
        using StoreFolder recording = new();
        (byte[] database, byte[] log, List<HashSet<Guid>> held) = Record(recording);
        long[] revisions = new long[log.Length + 1];
        Parallel.ForEach(
            Partitioner.Create(0, log.Length + 1, (log.Length / 8) + 1),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            range =>
            {
                using StoreFolder folder = new();
                for (int cut = range.Item1; cut < range.Item2; cut++)
                {
                    revisions[cut] = Start(folder, database, log.AsSpan(0, cut), held);
                }
            });
        revisions.ShouldBeInOrder();
        revisions[0].ShouldBe(0);
        revisions[^1].ShouldBe(Commits);
        output.WriteLine($"{revisions.Length} cuts");
    }

    [Fact]
    public void A_log_with_a_byte_changed_anywhere_starts_from_a_prefix_of_the_commits()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using StoreFolder folder = new();
        (byte[] database, byte[] log, List<HashSet<Guid>> held) = Record(folder);
        for (int i = 0; i < 300; i++)
        {
            byte[] changed = [.. log];
            changed[random.Next(log.Length)] ^= (byte)random.Next(1, 256);
            _ = Start(folder, database, changed, held);
        }
    }

    /// <summary>The files as they are after some commits and before the log was moved into the database.</summary>
    private static (byte[] Database, byte[] Log, List<HashSet<Guid>> Held) Record(StoreFolder folder)
    {
        // The smallest pages that there are, so that the log is short enough to be cut everywhere.
        File.WriteAllBytes(folder.File, []);
        using (SqliteConnection connection = new(folder.File))
        {
            connection.Execute("PRAGMA page_size = 512");
            connection.Execute("VACUUM");
        }

        using SqliteStore store = SqliteStore.Open(folder.File);
        Topology topology = StoredTopology.Build(store.Load());
        List<HashSet<Guid>> held = [[]];
        for (int i = 0; i < Commits; i++)
        {
            TopologyEdit edit = new(topology, DateTimeOffset.UnixEpoch, Guid.NewGuid);
            Trio trio = Trio.Create(edit);
            Topology after = edit.Current with { Revision = topology.Revision + 1 };
            store.Commit(StoreCommit.Between(topology, after, edit.Changes));
            held.Add([.. held[^1], trio.Network.Id, trio.Subnet.Id, trio.Port.Id]);
            topology = after;
        }

        return (File.ReadAllBytes(folder.File), File.ReadAllBytes(folder.Log), held);
    }

    private static long Start(StoreFolder folder, byte[] database, ReadOnlySpan<byte> log, List<HashSet<Guid>> held)
    {
        File.WriteAllBytes(folder.File, database);
        File.WriteAllBytes(folder.Log, log);
        using SqliteStore store = SqliteStore.Open(folder.File);
        StoredState state = store.Load();
        state.Resources.Select(r => r.Id).ToHashSet().SetEquals(held[(int)state.Revision]).ShouldBeTrue("not the state of its revision");
        state.NextPortKeys.Count.ShouldBe((int)state.Revision);
        state.Resources.OfType<Port>().Count().ShouldBe((int)state.Revision);
        return state.Revision;
    }
}
