namespace Vicinal.Lab.Plan;

/// <summary>A NIC of a node in a lab.</summary>
/// <param name="Wire">The wire that it is on: a namespace with a bridge, which all NICs of that wire are ports of.</param>
/// <param name="Mtu">Bytes.</param>
/// <param name="PhysicalNetwork">What is mapped to it; null: nothing.</param>
public sealed record LabNic(string Name, string Wire, int Mtu, string? PhysicalNetwork = null)
{
    public const string Underlay = "underlay";
    public const string External = "external";
}
