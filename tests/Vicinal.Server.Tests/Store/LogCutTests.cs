using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Store;
using Vicinal.Server.Store.Sqlite;
using Vicinal.StoreWriter;

namespace Vicinal.Server.Tests.Store;

/// <summary>A power cut leaves the log as far as the disk had come; whatever that is, the store starts from a prefix of the commits.</summary>
public sealed class LogCutTests(ITestOutputHelper output)
{
    private const int Commits = 6;

    /// <summary>https://sqlite.org/fileformat2.html#walformat: a header of 32 bytes, then frames of 24 and a page.</summary>
    private const int LogHeader = 32;

    private const int Frame = 24 + 4096;

    [Fact]
    public void A_log_cut_anywhere_starts_from_a_prefix_of_the_commits()
    {
        using StoreFolder folder = new();
        (byte[] database, byte[] log, List<HashSet<Guid>> held) = Record(folder);
        long last = 0;
        int cuts = 0;
        foreach (int cut in Cuts(log.Length))
        {
            long revision = Start(folder, database, log.AsSpan(0, cut), held);
            revision.ShouldBeGreaterThanOrEqualTo(last, $"a longer log held less, cut at {cut}");
            last = revision;
            cuts++;
        }

        last.ShouldBe(Commits);
        output.WriteLine($"{cuts} cuts of a log of {log.Length} bytes");
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
            Start(folder, database, changed, held);
        }
    }

    /// <summary>The files as they are after some commits and before the log was moved into the database.</summary>
    private static (byte[] Database, byte[] Log, List<HashSet<Guid>> Held) Record(StoreFolder folder)
    {
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

    /// <summary>Every offset of the header and around each frame's start and end, every 41st of the pages between.</summary>
    private static IEnumerable<int> Cuts(int length)
    {
        for (int cut = 0; cut <= length; cut++)
        {
            int inFrame = (cut - LogHeader) % Frame;
            if (cut <= LogHeader + 64 || inFrame <= 28 || inFrame >= Frame - 4 || cut % 41 == 0 || cut == length)
            {
                yield return cut;
            }
        }
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
