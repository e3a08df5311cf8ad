using Vicinal.Ebpf.Tests.Support;

namespace Vicinal.Ebpf.Tests;

[Collection(KernelCollection.Name)]
public sealed class BpfFileSystemTests
{
    [Fact]
    public void A_file_system_is_mounted_where_there_was_no_directory_and_unmounted_again()
    {
        string path = Path.Combine(Path.GetTempPath(), KernelFixture.Unique("fs"), "deep", "bpf");
        string top = Path.GetDirectoryName(Path.GetDirectoryName(path))!;
        try
        {
            BpfFileSystem.IsMounted(path).ShouldBeFalse();
            BpfFileSystem.Mount(path);
            BpfFileSystem.IsMounted(path).ShouldBeTrue();
            BpfFileSystem.IsMounted(top).ShouldBeFalse();

            // Once more does nothing: a second layer would hide the pins of the first.
            BpfFileSystem.Mount(path);
            MountsAt(path).ShouldBe(1);

            BpfFileSystem.Unmount(path);
            BpfFileSystem.IsMounted(path).ShouldBeFalse();
            BpfFileSystem.Unmount(path);
        }
        finally
        {
            BpfFileSystem.Unmount(path);
            Directory.Delete(top, recursive: true);
        }
    }

    [Fact]
    public void Pins_are_listed_and_removed_and_the_kernels_own_files_are_not_pins()
    {
        using PinDirectory pins = new();
        using BpfProgram program = Assembly.Load(Assembly.Return(0));
        BpfFileSystem.List(pins.Path).ShouldBeEmpty();
        program.Pin(pins["b"]);
        program.Pin(pins["a"]);
        BpfFileSystem.List(pins.Path).ShouldBe(["a", "b"]);
        BpfFileSystem.Unlink(pins["a"]).ShouldBeTrue();
        BpfFileSystem.Unlink(pins["a"]).ShouldBeFalse();
        BpfFileSystem.List(pins.Path).ShouldBe(["b"]);
        BpfFileSystem.List(pins["missing"]).ShouldBeEmpty();
    }

    [Fact]
    public void A_mount_namespace_of_its_own_is_noticed()
    {
        string? own = NamespaceOf("self");
        string? first = NamespaceOf("1");
        BpfFileSystem.IsPrivateMountNamespace.ShouldBe(own is null || first is null ? null : own != first);
    }

    /// <summary>As readlink(1) sees it; null where that is refused.</summary>
    private static string? NamespaceOf(string process)
    {
        try
        {
            return Tool.Run("readlink", $"/proc/{process}/ns/mnt");
        }
        catch (ShouldAssertException)
        {
            return null;
        }
    }

    private static int MountsAt(string path) => File.ReadLines("/proc/self/mountinfo").Count(line => line.Split(' ')[4] == path);
}
