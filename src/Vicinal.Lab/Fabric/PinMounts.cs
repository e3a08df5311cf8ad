using System.Diagnostics;

namespace Vicinal.Lab.Fabric;

/// <summary>
/// The bpffs of each agent's pins. ip(8) starts a program in a mount namespace of its own, so what an agent mounted would end with
/// it, and its pins too: the lab mounts, before it starts the agent, and unmounts when the lab ends.
/// </summary>
public static class PinMounts
{
    /// <summary>Where an agent looks for its bpffs.</summary>
    public static string Of(string stateDirectory) => Path.Combine(stateDirectory, "bpf");

    /// <summary>Mounts one under a state directory, for its owner only; nothing to do where one is.</summary>
    /// <exception cref="LabException">The kernel refused; the message is mount's own.</exception>
    public static void Make(string stateDirectory)
    {
        string path = Of(stateDirectory);
        if (Under(path).Any())
        {
            return;
        }

        Directory.CreateDirectory(path);
        Run("mount", "-t", "bpf", "-o", "mode=0700", "bpf", path);
    }

    /// <summary>Unmounts every bpffs under a directory. What only their pins held is gone then.</summary>
    public static void RemoveUnder(string directory)
    {
        foreach (string path in Under(directory))
        {
            // Lazily: an agent that is being killed may still hold a file there.
            Run("umount", "--lazy", path);
        }
    }

    /// <summary>Mount points of bpffs at a directory or below it, as this process sees them.</summary>
    public static IReadOnlyList<string> Under(string directory) => Read(File.ReadLines("/proc/self/mountinfo"), directory);

    /// <summary>As <see cref="Under"/>, of the lines of a mountinfo (proc(5)): the fifth field is the mount point, the first after "-" the file system's type.</summary>
    public static IReadOnlyList<string> Read(IEnumerable<string> mountInfo, string directory)
    {
        List<string> found = [];
        string below = directory.TrimEnd('/') + "/";
        foreach (string line in mountInfo)
        {
            string[] fields = line.Split(' ');
            int separator = Array.IndexOf(fields, "-");
            if (separator < 5 || separator + 1 >= fields.Length || fields[separator + 1] != "bpf")
            {
                continue;
            }

            string path = fields[4].Replace("\\040", " ", StringComparison.Ordinal);
            if (path == directory || path.StartsWith(below, StringComparison.Ordinal))
            {
                found.Add(path);
            }
        }

        return found;
    }

    private static void Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { UseShellExecute = false, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new LabException($"{program}(8) did not start; install util-linux");
        string errors = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new LabException($"{program} {string.Join(' ', arguments)}: {errors}");
        }
    }
}
