using Vicinal.Lab.Plan;

namespace Vicinal.Scenarios.Tests.Services;

/// <summary>A cloud whose nodes c1 and c2 have a Nova to ask for metadata, and c1 a name server; the others answer from files.</summary>
public abstract class ServicesCloud(string datapath) : ScenarioCloud(datapath, PlanOf, "srv")
{
    public const string Secret = "open sesame";
    public const int NameServerPort = 5399;

    private static LabPlan PlanOf(string name)
    {
        LabPlan plan = LabPlan.Standard(name);
        string secret = Path.Combine(Path.GetTempPath(), $"vicinal-scenarios-{name}-secret");
        File.WriteAllText(secret, Secret + "\n");
        string[] nova = ["--metadata-url", $"http://127.0.0.1:{FakeNova.Port}", "--metadata-secret-file", secret, "--dns-forwarder", $"127.0.0.1:{NameServerPort}"];
        return plan with { Nodes = [.. plan.Nodes.Select(node => node.Name is "c1" or "c2" ? node with { AgentOptions = nova } : node)] };
    }
}

[CollectionDefinition(Name)]
public sealed class UserspaceServicesCloud() : ServicesCloud("userspace"), ICollectionFixture<UserspaceServicesCloud>
{
    public const string Name = "services, userspace";
}

[CollectionDefinition(Name)]
public sealed class EbpfServicesCloud() : ServicesCloud("ebpf"), ICollectionFixture<EbpfServicesCloud>
{
    public const string Name = "services, ebpf";
}
