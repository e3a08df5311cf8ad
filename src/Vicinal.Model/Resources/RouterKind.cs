namespace Vicinal.Model.Resources;

/// <summary>Where a router routes, and whether other nodes stand by for what of it is in one place.</summary>
/// <param name="Distributed">Each node routes for its own ports. False: one gateway node routes everything.</param>
/// <param name="Ha">Several gateway nodes rather than one.</param>
public readonly record struct RouterKind(bool Distributed, bool Ha)
{
    public override string ToString() => $"{(Distributed ? "distributed" : "centralized")}, {(Ha ? "HA" : "not HA")}";
}
