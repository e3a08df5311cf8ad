using Vicinal.Lab.Fabric;

namespace Vicinal.Lab.Tests;

public sealed class PinMountsTests
{
    private static readonly string[] s_mountInfo =
    [
        "56 40 0:40 / / rw,relatime - overlay none rw",
        "60 56 0:42 / /tmp/lab/agents/c1/bpf rw,relatime shared:5 - bpf bpf rw,mode=700",
        "61 56 0:43 / /tmp/lab/agents/c\\0402/bpf rw,relatime - bpf bpf rw",
        "62 56 0:44 / /tmp/lab/agents/c3 rw,relatime - tmpfs tmpfs rw",
        "63 56 0:45 / /tmp/laboratory/bpf rw,relatime - bpf bpf rw",
        "64 56 0:46 / /sys/fs/bpf rw - bpf bpf rw",
    ];

    [Fact]
    public void Only_what_is_under_the_directory_and_a_bpffs_counts() =>
        PinMounts.Read(s_mountInfo, "/tmp/lab").ShouldBe(["/tmp/lab/agents/c1/bpf", "/tmp/lab/agents/c 2/bpf"]);

    [Fact]
    public void What_was_mounted_is_found_and_goes()
    {
        string directory = Directory.CreateTempSubdirectory("vicinal-pins").FullName;
        try
        {
            PinMounts.Make(directory);
            PinMounts.Make(directory);
            PinMounts.Under(directory).ShouldBe([PinMounts.Of(directory)], "twice is once");
            PinMounts.RemoveUnder(directory);
            PinMounts.Under(directory).ShouldBeEmpty();
        }
        finally
        {
            PinMounts.RemoveUnder(directory);
            Directory.Delete(directory, recursive: true);
        }
    }
}
