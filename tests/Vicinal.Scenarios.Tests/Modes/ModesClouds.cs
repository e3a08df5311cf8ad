namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>The cloud of modes whose agents carry the packets themselves.</summary>
[CollectionDefinition(Name)]
public sealed class UserspaceModes() : ModesCloud("userspace"), ICollectionFixture<UserspaceModes>
{
    public const string Name = "userspace modes";
}

/// <summary>The cloud of modes where programs in the kernel carry what the agents decided.</summary>
[CollectionDefinition(Name)]
public sealed class EbpfModes() : ModesCloud("ebpf"), ICollectionFixture<EbpfModes>
{
    public const string Name = "ebpf modes";
}

[Collection(UserspaceModes.Name)]
public sealed class UserspaceModeTests(UserspaceModes modes) : ModeTests(modes);

[Collection(EbpfModes.Name)]
public sealed class EbpfModeTests(EbpfModes modes) : ModeTests(modes);

[Collection(UserspaceModes.Name)]
public sealed class UserspaceChapterTests(UserspaceModes modes) : ChapterTests(modes);

[Collection(EbpfModes.Name)]
public sealed class EbpfChapterTests(EbpfModes modes) : ChapterTests(modes);

[Collection(UserspaceModes.Name)]
public sealed class UserspaceSchedulerTests(UserspaceModes modes) : SchedulerTests(modes);

[Collection(EbpfModes.Name)]
public sealed class EbpfSchedulerTests(EbpfModes modes) : SchedulerTests(modes);

[Collection(UserspaceModes.Name)]
public sealed class UserspaceLiveMigrationTests(UserspaceModes modes) : LiveMigrationTests(modes);

[Collection(EbpfModes.Name)]
public sealed class EbpfLiveMigrationTests(EbpfModes modes) : LiveMigrationTests(modes);
