// Two clouds at once would share two processors, and what is timed would tell of the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Vicinal.Scenarios.Tests;

/// <summary>The cloud whose agents carry the packets themselves.</summary>
[CollectionDefinition(Name)]
public sealed class UserspaceCloud() : ScenarioCloud("userspace"), ICollectionFixture<UserspaceCloud>
{
    public const string Name = "userspace";
}

/// <summary>The cloud where programs in the kernel carry what the agents decided. Where the kernel refuses them, every test on it fails.</summary>
[CollectionDefinition(Name)]
public sealed class EbpfCloud() : ScenarioCloud("ebpf"), ICollectionFixture<EbpfCloud>
{
    public const string Name = "ebpf";
}
