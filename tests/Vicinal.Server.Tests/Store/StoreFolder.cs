namespace Vicinal.Server.Tests.Store;

/// <summary>A directory of one test, gone with it. In memory where the machine has /dev/shm: most of these tests are about bytes, not disks.</summary>
internal sealed class StoreFolder : IDisposable
{
    public StoreFolder(bool onDisk = false)
    {
        string root = !onDisk && Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        Folder = Path.Combine(root, $"vicinal-store-{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Folder);
    }

    public string Folder { get; }

    public string File => Path.Combine(Folder, "store.db");

    public string Log => File + "-wal";

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
