namespace Vicinal.Simulation.Tests.Fabric;

/// <summary>What a network does to packets, in percent, and the longest it holds one. Different delays are what reorders.</summary>
internal sealed record Faults(int Loss, int Duplication, int MaxDelay)
{
    /// <summary>A network at peace: everything arrives, once, soon, in order.</summary>
    public static Faults None { get; } = new(0, 0, 0);
}
