using Vicinal.Lab.Fabric;

namespace Vicinal.Bench.Processes;

/// <summary>Directories for what benches start, and the way to be rid of them. Their names tell the process that made them.</summary>
internal static class BenchDirectory
{
    public const string Prefix = "vicinal-bench-";

    public static string Create() => Directory.CreateTempSubdirectory($"{Prefix}{Environment.ProcessId}-").FullName;

    /// <summary>A missing one is no error. The agents' bpffs in it are unmounted first.</summary>
    public static void Delete(string path)
    {
        PinMounts.RemoveUnder(path);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
