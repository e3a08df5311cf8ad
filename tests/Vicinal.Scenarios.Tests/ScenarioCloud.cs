using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Processes;
using Vicinal.Lab.Rest;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// A cloud of the suite: a server, five agents and the demo's topology on real namespaces, made once for a datapath. Each test leaves
/// it as it found it; what it adds, it takes away through a <see cref="Scratch"/>.
/// </summary>
public abstract class ScenarioCloud : IDisposable
{
    private const string Prefix = "vicinal-t";

    private readonly string _directory;

    protected ScenarioCloud(string datapath)
    {
        SweepTheDead();
        LabProgram program = LabProgram.FromAssembly(Path.Combine(AppContext.BaseDirectory, "vicinal.dll"));
        string lab = NameOf(Environment.ProcessId, datapath);
        _directory = DirectoryOf(lab);
        Cloud = LabCloud.Up(LabPlan.Standard(lab) with { Datapath = datapath }, program, _directory);
        try
        {
            Cloud.ReadDatapaths().ShouldAllBe(node => node.Kind == datapath && (node.Kind == "userspace" || node.Pinned));
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

    /// <summary>What the kernel's programs on all nodes have counted; nothing in userspace.</summary>
    public KernelCounts ReadKernel() => Cloud.ReadDatapaths().Select(node => node.Counts).OfType<KernelCounts>().Aggregate(KernelCounts.None, (sum, next) => sum + next);

    /// <summary>Whether super-packets stay whole through tunnels: in userspace they do; programs need a device for it, which not every kernel has for Geneve.</summary>
    public bool KeepsSuperPackets(string encapsulation) =>
        Cloud.ReadDatapaths().All(node => node.Kind == "userspace" || node.TunnelDevices.Any(device => device.EndsWith(encapsulation, StringComparison.Ordinal)));

    public void Dispose()
    {
        Topology.Dispose();
        Cloud.Dispose();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>By process and datapath; no lab's name begins with another's.</summary>
    private static string NameOf(int process, string datapath) => $"t{process}{datapath[0]}";

    private static string DirectoryOf(string lab) => Path.Combine(Path.GetTempPath(), $"vicinal-scenarios-{lab}");

    /// <summary>What runs that were killed left behind: labs whose process is gone.</summary>
    private static void SweepTheDead()
    {
        IEnumerable<string> labs = NetworkNamespace.List()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[(Prefix.Length - 1)..].Split('-')[0])
            .Distinct();
        foreach (string lab in labs.Where(lab => int.TryParse(lab[1..^1], out int process) && !Directory.Exists($"/proc/{process}")))
        {
            LabCloud.Sweep(LabPlan.Standard(lab), DirectoryOf(lab));
            if (Directory.Exists(DirectoryOf(lab)))
            {
                Directory.Delete(DirectoryOf(lab), recursive: true);
            }
        }
    }
}
