using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Processes;

namespace Vicinal.Scenarios.Tests;

/// <summary>A lab that belongs to this process: its name tells so, and what a run that was killed left behind is swept by the next one.</summary>
public sealed class TestLab : IDisposable
{
    private const string Prefix = "vicinal-t";

    private readonly string _directory;

    private TestLab(LabCloud cloud, string directory)
    {
        Cloud = cloud;
        _directory = directory;
    }

    public LabCloud Cloud { get; }

    public static LabProgram Program { get; } = LabProgram.FromAssembly(Path.Combine(AppContext.BaseDirectory, "vicinal.dll"));

    /// <param name="plan">The lab under a name.</param>
    /// <param name="tag">Letters that tell it from this process's other labs.</param>
    public static TestLab Up(Func<string, LabPlan> plan, string datapath, string tag = "")
    {
        SweepTheDead();
        string name = $"t{Environment.ProcessId}{datapath[0]}{tag}";
        TestLab lab = new(LabCloud.Up(plan(name) with { Datapath = datapath }, Program, DirectoryOf(name)), DirectoryOf(name));
        try
        {
            lab.Cloud.ReadDatapaths().ShouldAllBe(node => node.Kind == datapath && (node.Kind == "userspace" || node.Pinned));
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Cloud.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string DirectoryOf(string lab) => Path.Combine(Path.GetTempPath(), $"vicinal-scenarios-{lab}");

    /// <summary>Labs whose process is gone.</summary>
    private static void SweepTheDead()
    {
        IEnumerable<string> labs = NetworkNamespace.List()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[(Prefix.Length - 1)..].Split('-')[0])
            .Distinct();
        foreach (string lab in labs.Where(IsOfTheDead))
        {
            LabCloud.Sweep(LabPlan.Standard(lab), DirectoryOf(lab));
            if (Directory.Exists(DirectoryOf(lab)))
            {
                Directory.Delete(DirectoryOf(lab), recursive: true);
            }
        }
    }

    private static bool IsOfTheDead(string lab) =>
        int.TryParse(string.Concat(lab.Skip(1).TakeWhile(char.IsAsciiDigit)), out int process) && !Directory.Exists($"/proc/{process}");
}
