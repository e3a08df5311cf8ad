namespace Vicinal.Scenarios.Tests.Failover;

/// <summary>The cloud of failures whose agents carry the packets themselves. What is served stays where it is while it can.</summary>
[CollectionDefinition(Name)]
public sealed class UserspaceFailover() : FailoverCloud("userspace", "fail", "--gateway-preempt", "false"), ICollectionFixture<UserspaceFailover>
{
    public const string Name = "userspace failover";
}

/// <summary>The same where programs in the kernel carry what the agents decided.</summary>
[CollectionDefinition(Name)]
public sealed class EbpfFailover() : FailoverCloud("ebpf", "fail", "--gateway-preempt", "false"), ICollectionFixture<EbpfFailover>
{
    public const string Name = "ebpf failover";
}

/// <summary>A cloud where a node of higher priority takes back what it served as soon as it has been well for a second.</summary>
[CollectionDefinition(Name)]
public sealed class UserspaceReturn() : FailoverCloud("userspace", "back", "--gateway-hold", "1"), ICollectionFixture<UserspaceReturn>
{
    public const string Name = "userspace return";
}

/// <summary>The same where programs in the kernel carry what the agents decided.</summary>
[CollectionDefinition(Name)]
public sealed class EbpfReturn() : FailoverCloud("ebpf", "back", "--gateway-hold", "1"), ICollectionFixture<EbpfReturn>
{
    public const string Name = "ebpf return";
}

[Collection(UserspaceFailover.Name)]
public sealed class UserspaceFailoverTests(UserspaceFailover cloud) : FailoverTests(cloud);

[Collection(EbpfFailover.Name)]
public sealed class EbpfFailoverTests(EbpfFailover cloud) : FailoverTests(cloud);

[Collection(UserspaceFailover.Name)]
public sealed class UserspaceSplitTests(UserspaceFailover cloud) : SplitTests(cloud);

[Collection(EbpfFailover.Name)]
public sealed class EbpfSplitTests(EbpfFailover cloud) : SplitTests(cloud);

[Collection(UserspaceFailover.Name)]
public sealed class UserspaceImpostorTests(UserspaceFailover cloud) : ImpostorTests(cloud);

[Collection(EbpfFailover.Name)]
public sealed class EbpfImpostorTests(EbpfFailover cloud) : ImpostorTests(cloud);

[Collection(UserspaceReturn.Name)]
public sealed class UserspaceReturnTests(UserspaceReturn cloud) : ReturnTests(cloud);

[Collection(EbpfReturn.Name)]
public sealed class EbpfReturnTests(EbpfReturn cloud) : ReturnTests(cloud);
