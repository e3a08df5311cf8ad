using Vicinal.Model;
using Vicinal.Model.Rules;
using Vicinal.Server.Store;
using Vicinal.Server.Store.Sqlite;
using Vicinal.StoreWriter;

namespace Vicinal.Server.Tests.Store;

public sealed class SqliteStoreTests
{
    [Fact]
    public void What_was_committed_is_loaded_with_its_revision_and_cursors()
    {
        using StoreFolder folder = new();
        Topology committed = Fill(folder.File, out Trio first, out Trio second);
        using SqliteStore store = SqliteStore.Open(folder.File);
        Topology loaded = StoredTopology.Build(store.Load());
        loaded.Revision.ShouldBe(committed.Revision);
        loaded.Networks.Values.ShouldBe(committed.Networks.Values, ignoreOrder: true);
        loaded.Subnets.Values.ShouldBe(committed.Subnets.Values, ignoreOrder: true);
        loaded.Ports.Values.ShouldHaveSingleItem().ShouldBe(first.Port);
        loaded.Allocations.OwnerOf(first.Subnet.Id, first.Port.FixedIps[0].Address).ShouldBe(first.Port.Id);

        // The second network lost its port and its key went with it; its tunnel key, the last one taken, rests as well.
        loaded.NextPortKey(second.Network.Id).ShouldBe(second.Port.PortKey + 1);
        loaded.SegmentationIds.Cursors.ShouldBe(committed.SegmentationIds.Cursors);
        loaded.SegmentationIds["geneve"].Last.ShouldBe((uint)second.Network.SegmentationId!.Value);
    }

    [Fact]
    public void A_store_of_the_first_format_is_taken_over_and_is_then_refused_by_those_who_wrote_it()
    {
        using StoreFolder folder = new();
        File.WriteAllText(folder.File, "");
        using (SqliteConnection connection = new(folder.File))
        {
            // As the first release wrote it, to the letter.
            connection.Execute("CREATE TABLE resource(kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE(kind, id)) STRICT");
            connection.Execute("CREATE TABLE cursor(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID");
            connection.Execute("PRAGMA application_id = 1449356908");
            connection.Execute("PRAGMA user_version = 1");
            connection.Execute("""
                INSERT INTO resource VALUES('router', '00000000-0000-0000-0000-000000000001', 7,
                  '{"adminStateUp":true,"distributed":true,"ha":false,"routes":[],"gatewayBindings":[{"host":"g1","priority":5}],"availabilityZoneHints":[],"transitVni":77,"id":"00000000-0000-0000-0000-000000000001","projectId":"p","name":"r","description":"","revisionNumber":3,"createdAt":"2026-01-01T00:00:00+00:00","updatedAt":"2026-01-01T00:00:00+00:00","tags":[]}')
                """);
            connection.Execute("INSERT INTO cursor VALUES('revision', 7), ('vni', 77)");
        }

        Topology topology;
        using (SqliteStore store = SqliteStore.Open(folder.File))
        {
            topology = StoredTopology.Build(store.Load());
            (topology.Revision, topology.Routers.Values.Single().GatewayBindings[0].Host, topology.GatewayPolicy).ShouldBe((7, "g1", null));
            Commit(store, ref topology, edit => GatewayPolicyRules.Configure(edit, new GatewaySettings { HoldSeconds = 33 }));
        }

        using (SqliteStore store = SqliteStore.Open(folder.File))
        {
            StoredTopology.Build(store.Load()).GatewayPolicy.ShouldBe(topology.GatewayPolicy);
        }

        using SqliteConnection file = new(folder.File);
        file.QueryInt64("PRAGMA user_version").ShouldBe(2, "an older program would take the policy for damage");
    }

    [Fact]
    public void The_cursor_of_a_network_goes_with_the_network()
    {
        using StoreFolder folder = new();
        Topology topology = Fill(folder.File, out _, out Trio second);
        using (SqliteStore store = SqliteStore.Open(folder.File))
        {
            Commit(store, ref topology, edit =>
            {
                edit.Remove(second.Subnet);
                edit.Remove(second.Network);
            });
        }

        using SqliteStore again = SqliteStore.Open(folder.File);
        again.Load().NextPortKeys.Keys.ShouldNotContain(second.Network.Id);
    }

    [Fact]
    public void The_file_and_its_log_are_readable_by_their_owner_alone()
    {
        using StoreFolder folder = new();
        using SqliteStore store = SqliteStore.Open(folder.File);
        Topology topology = Topology.Empty;
        Commit(store, ref topology, edit => Trio.Create(edit));
        File.GetUnixFileMode(folder.File).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(folder.Log).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_second_server_on_the_same_store_is_refused_and_told_why()
    {
        using StoreFolder folder = new();
        using StoreWriterProcess child = StoreWriterProcess.Start(StoreWriterProcess.Command(folder.File, writers: 1, count: 0));
        await child.WaitForAsync(lines => lines.Count > 2);
        Should.Throw<StoreException>(() => SqliteStore.Open(folder.File)).Message.ShouldContain("in use by another process");
        int before = child.Lines.Count;
        await child.WaitForAsync(lines => lines.Count > before + 10);
    }

    [Fact]
    public void The_log_does_not_grow_without_bound()
    {
        using StoreFolder folder = new();
        using SqliteStore store = SqliteStore.Open(folder.File);
        Topology topology = Topology.Empty;
        for (int i = 0; i < 2000; i++)
        {
            Commit(store, ref topology, edit => Trio.Create(edit));
        }

        new FileInfo(folder.Log).Length.ShouldBeLessThan(12 << 20);
    }

    [Theory]
    [InlineData("this is not a database, but it is longer than the header of one, which has a hundred bytes: so it is read and refused.", "is not a Vicinal store")]
    [InlineData("short", "is not a Vicinal store")]
    public void Another_file_is_refused_and_left_as_it_was(string content, string words)
    {
        using StoreFolder folder = new();
        File.WriteAllText(folder.File, content);
        Should.Throw<StoreException>(() => SqliteStore.Open(folder.File)).Message.ShouldContain(words);
        File.ReadAllText(folder.File).ShouldBe(content);
    }

    [Theory]
    [InlineData("PRAGMA user_version = 99", "format 99, which a newer Vicinal wrote")]
    [InlineData("PRAGMA application_id = 7", "a database of another program")]
    public void A_newer_store_and_a_foreign_one_are_refused(string statement, string words)
    {
        using StoreFolder folder = new();
        Fill(folder.File, out _, out _);
        Change(folder.File, statement);
        Should.Throw<StoreException>(() => SqliteStore.Open(folder.File)).Message.ShouldContain(words);
    }

    [Theory]
    [InlineData("UPDATE resource SET body = '{\"id\":' WHERE kind = 'port'", "port ")]
    [InlineData("UPDATE resource SET kind = 'ghost' WHERE kind = 'port'", "ghost")]
    [InlineData("UPDATE cursor SET value = -1 WHERE name LIKE 'port_key:%'", "cursor")]
    [InlineData("UPDATE cursor SET name = name || 'x' WHERE name LIKE 'port_key:%'", "cursor")]
    public void A_damaged_row_is_named(string statement, string words)
    {
        using StoreFolder folder = new();
        Fill(folder.File, out _, out _);
        Change(folder.File, statement);
        using SqliteStore store = SqliteStore.Open(folder.File);
        StoreException refusal = Should.Throw<StoreException>(store.Load);
        refusal.Message.ShouldContain("is damaged");
        refusal.Message.ShouldContain(words);
    }

    [Fact]
    public void A_damaged_page_is_found_at_the_start()
    {
        using StoreFolder folder = new();
        Fill(folder.File, out _, out _);
        byte[] bytes = File.ReadAllBytes(folder.File);
        bytes.AsSpan(4096, 64).Fill(0xA5);
        File.WriteAllBytes(folder.File, bytes);
        Should.Throw<StoreException>(() => SqliteStore.Open(folder.File)).Message.ShouldContain("is damaged");
    }

    [Fact]
    public void A_directory_that_does_not_exist_is_named()
    {
        using StoreFolder folder = new();
        string file = Path.Combine(folder.Folder, "nowhere", "store.db");
        Should.Throw<StoreException>(() => SqliteStore.Open(file)).Message.ShouldContain(file);
    }

    [Fact]
    public void An_empty_file_left_by_a_crash_at_the_first_start_becomes_a_store()
    {
        using StoreFolder folder = new();
        File.WriteAllText(folder.File, "");
        using SqliteStore store = SqliteStore.Open(folder.File);
        StoredState state = store.Load();
        state.Resources.ShouldBeEmpty();
        state.Revision.ShouldBe(0);
    }

    /// <summary>Two trios, of which the second loses its port.</summary>
    private static Topology Fill(string file, out Trio first, out Trio second)
    {
        using SqliteStore store = SqliteStore.Open(file);
        Topology topology = Topology.Empty;
        Trio? one = null;
        Trio? two = null;
        Commit(store, ref topology, edit => one = Trio.Create(edit));
        Commit(store, ref topology, edit => two = Trio.Create(edit));
        Commit(store, ref topology, edit => edit.Remove(two!.Port));
        (first, second) = (one!, two!);
        return topology;
    }

    private static void Commit(SqliteStore store, ref Topology topology, Action<TopologyEdit> change)
    {
        TopologyEdit edit = new(topology, DateTimeOffset.UnixEpoch, Guid.NewGuid);
        change(edit);
        Topology after = edit.Current with { Revision = topology.Revision + 1 };
        store.Commit(StoreCommit.Between(topology, after, edit.Changes));
        topology = after;
    }

    private static void Change(string file, string statement)
    {
        using SqliteConnection connection = new(file);
        connection.Execute(statement);
    }
}
