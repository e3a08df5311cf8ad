using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Rest;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// A cloud of the suite: a server, five agents and the demo's topology on real namespaces, made once for a datapath. Each test leaves
/// it as it found it; what it adds, it takes away through a <see cref="Scratch"/>.
/// </summary>
public abstract class ScenarioCloud : IDisposable
{
    private readonly TestLab _lab;

    protected ScenarioCloud(string datapath)
        : this(datapath, LabPlan.Standard, "")
    {
    }

    /// <param name="plan">With the nodes of <see cref="LabPlan.Standard"/>.</param>
    /// <param name="tag">Letters that tell it from other clouds of this process.</param>
    protected ScenarioCloud(string datapath, Func<string, LabPlan> plan, string tag)
    {
        _lab = TestLab.Up(plan, datapath, tag);
        try
        {
            Topology = DemoTopology.Create(Cloud);
        }
        catch
        {
            _lab.Dispose();
            throw;
        }
    }

    public LabCloud Cloud => _lab.Cloud;

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
        _lab.Dispose();
        GC.SuppressFinalize(this);
    }
}
