using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Processes;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// The one cloud of the suite: a server, five agents and the demo's topology on real namespaces, made once. Each test leaves it as
/// it found it; what it adds, it takes away through a <see cref="Scratch"/>.
/// </summary>
public sealed class ScenarioCloud : IDisposable
{
    private const string Prefix = "vicinal-t";

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"vicinal-scenarios-{Environment.ProcessId}");

    public ScenarioCloud()
    {
        SweepTheDead();
        LabProgram program = LabProgram.FromAssembly(Path.Combine(AppContext.BaseDirectory, "vicinal.dll"));
        Cloud = LabCloud.Up(LabPlan.Standard($"t{Environment.ProcessId}"), program, _directory);
        try
        {
            Topology = DemoTopology.Create(Cloud);
        }
        catch
        {
            Cloud.Dispose();
            throw;
        }
    }

    public LabCloud Cloud { get; }

    public DemoTopology Topology { get; }

    /// <summary>Runs a test's body with captures at every place, which are closed again: under load they would only cost.</summary>
    public void WithCaptures(Action<FlowContext> body)
    {
        using CaptureSet captures = Cloud.OpenCaptures();
        body(new FlowContext(Topology, captures));
    }

    public string NetworkId(string name) => (string)Cloud.Neutron.List("networks", $"name={name}")[0]["id"]!;

    public void Dispose()
    {
        Topology.Dispose();
        Cloud.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>What runs that were killed left behind: labs whose process is gone.</summary>
    private static void SweepTheDead()
    {
        IEnumerable<string> labs = NetworkNamespace.List()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..].Split('-')[0])
            .Distinct();
        foreach (string pid in labs.Where(pid => int.TryParse(pid, out _) && !Directory.Exists($"/proc/{pid}")))
        {
            LabCloud.Sweep(LabPlan.Standard($"t{pid}"));
        }
    }
}

/// <summary>Every class of the suite is in it: one cloud, one test at a time.</summary>
[CollectionDefinition(Name)]
public sealed class OneCloud : ICollectionFixture<ScenarioCloud>
{
    public const string Name = "one cloud";
}
