using System.Diagnostics;
using System.Globalization;
using Vicinal.Model.Resources;
using Vicinal.Server.Store;
using Vicinal.Server.Store.Sqlite;

namespace Vicinal.Server.Tests.Store;

public sealed class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_refuses_writes_says_why_and_serves_again_when_there_is_room()
    {
        using StoreFolder folder = new();

        // A limit on the size of files refuses like a full disk does; its signal is ignored, so that the write fails instead.
        string limited = "trap '' XFSZ; ulimit -S -f 300; exec \"$@\"";
        using StoreWriterProcess child = StoreWriterProcess.Start(
            ["sh", "-c", limited, "sh", .. StoreWriterProcess.Command(folder.File, writers: 4, count: 0)]);
        await child.WaitForAsync(lines => lines.Count(IsFailure) > 8);
        int before = child.Lines.Count;
        child.Lines.First(IsFailure).ShouldContain("could not be stored: The store " + folder.File);

        // prlimit raises the soft limit of the running child: somebody has made room.
        using Process raise = Process.Start("prlimit", ["--pid", child.Id.ToString(CultureInfo.InvariantCulture), "--fsize=1000000000:"]);
        await raise.WaitForExitAsync();
        await child.WaitForAsync(lines => lines.Skip(before).Count(line => !IsFailure(line)) > 50);
        List<string> lines = await child.KillAsync();

        using SqliteStore store = SqliteStore.Open(folder.File);
        StoredState state = store.Load();
        HashSet<string> held = [.. state.Resources.Select(r => r.Id.ToString())];
        lines.Select(line => line.Split(' ')).Where(words => words[0] == "ack").Select(words => words[1]).Except(held).ShouldBeEmpty();
        state.Resources.OfType<Network>().Count().ShouldBe(state.Resources.OfType<Subnet>().Count());
    }

    private static bool IsFailure(string line) => line.StartsWith("failed ", StringComparison.Ordinal);
}
