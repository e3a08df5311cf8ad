namespace Vicinal.Cli.Migrate;

/// <summary>A router as the API shows it, as far as a migration asks.</summary>
public sealed record RouterState(Guid Id, string Name, RouterShape Shape)
{
    public override string ToString() => Name.Length > 0 ? Name : Id.ToString();
}

/// <summary>How a router is served.</summary>
public sealed record RouterShape(bool Distributed, bool Ha)
{
    public override string ToString() => $"{(Distributed ? "distributed" : "centralized")}{(Ha ? ", HA" : "")}";
}
