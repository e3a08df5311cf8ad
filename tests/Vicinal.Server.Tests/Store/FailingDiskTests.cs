using Vicinal.Server.Store.Sqlite;

namespace Vicinal.Server.Tests.Store;

public sealed class FailingDiskTests
{
    [Fact]
    public async Task After_a_sync_that_failed_nothing_more_is_promised_and_what_was_promised_is_there()
    {
        // One sync fails, as of a disk with a bad spot. Later ones would succeed, but nobody knows any more what they cover.
        using StoreFolder folder = new(onDisk: true);
        string[] strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=40"];
        using StoreWriterProcess child = StoreWriterProcess.Start([.. strace, .. StoreWriterProcess.Command(folder.File, writers: 2, count: 0)]);
        await child.WaitForAsync(lines => lines.Count(IsFailure) > 10);
        List<string> lines = await child.KillAsync();
        int first = lines.FindIndex(IsFailure);
        lines[first].ShouldContain("The disk under the store " + folder.File + " failed");
        lines.Skip(first + 2).ShouldAllBe(line => IsFailure(line));

        using SqliteStore store = SqliteStore.Open(folder.File);
        HashSet<string> held = [.. store.Load().Resources.Select(r => r.Id.ToString())];
        lines.Select(line => line.Split(' ')).Where(words => words[0] == "ack").Select(words => words[1]).Except(held).ShouldBeEmpty();
    }

    private static bool IsFailure(string line) => line.StartsWith("failed ", StringComparison.Ordinal);
}
