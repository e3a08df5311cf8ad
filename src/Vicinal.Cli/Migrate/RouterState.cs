using Vicinal.Model.Resources;

namespace Vicinal.Cli.Migrate;

/// <summary>A router as the API shows it, as far as a migration asks.</summary>
public sealed record RouterState(Guid Id, string Name, RouterKind Kind)
{
    public override string ToString() => Name.Length > 0 ? Name : Id.ToString();
}
