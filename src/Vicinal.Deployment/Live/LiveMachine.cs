namespace Vicinal.Deployment.Live;

/// <summary>What a machine said of itself when it was asked.</summary>
public sealed record LiveMachine
{
    public required IReadOnlyList<LiveNic> Nics { get; init; }

    /// <summary>Why an agent would choose userspace here; null: it would choose the kernel.</summary>
    public string? KernelRefusal { get; init; }

    /// <summary>What this process may not, each as a sentence. Then the kernel was not asked.</summary>
    public IReadOnlyList<string> MissingRights { get; init; } = [];

    /// <summary>Null: the kernel does not tell.</summary>
    public LiveClock? Clock { get; init; }

    /// <summary>Empty where nobody was probed.</summary>
    public IReadOnlyList<TunnelProbe> Probes { get; init; } = [];

    public LiveNic? Nic(string name) => Nics.FirstOrDefault(nic => nic.Name == name);
}
