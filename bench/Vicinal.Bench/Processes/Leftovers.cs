using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Plan;

namespace Vicinal.Bench.Processes;

/// <summary>
/// What a bench left behind that was killed. Whatever a bench makes carries its process id in its name, so the next one knows what has no owner any more.
/// </summary>
internal static class Leftovers
{
    private const string LabPrefix = "bench";

    /// <summary>The name of a lab of this process; several stand side by side under different kinds.</summary>
    public static string LabName(string kind) => $"{LabPrefix}{Environment.ProcessId}-{kind}";

    public static void Sweep()
    {
        // vicinal-benchPID-KIND-MEMBER
        foreach (string lab in NetworkNamespace.List().Select(name => name.Split('-')).Where(parts => parts is ["vicinal", _, ..]).Select(parts => parts[1]).Distinct()
            .Where(lab => lab.StartsWith(LabPrefix, StringComparison.Ordinal) && IsGone(lab[LabPrefix.Length..])).ToList())
        {
            LabCloud.Sweep(new LabPlan { Name = lab, Nodes = [] });
        }

        foreach (string path in Directory.EnumerateDirectories(Path.GetTempPath(), BenchDirectory.Prefix + "*")
            .Where(path => IsGone(Path.GetFileName(path)[BenchDirectory.Prefix.Length..].Split('-')[0])))
        {
            BenchDirectory.Delete(path);
        }
    }

    private static bool IsGone(string process) => int.TryParse(process, out int id) && !Directory.Exists($"/proc/{id}");
}
