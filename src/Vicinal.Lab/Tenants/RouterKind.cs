namespace Vicinal.Lab.Tenants;

/// <summary>The four ways in which a router is served.</summary>
public sealed record RouterKind(bool Distributed, bool Ha)
{
    public static IReadOnlyList<RouterKind> All { get; } = [new(true, false), new(true, true), new(false, false), new(false, true)];

    public override string ToString() => $"{(Distributed ? "distributed" : "centralized")}{(Ha ? ", HA" : "")}";
}
