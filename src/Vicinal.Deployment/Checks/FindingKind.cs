namespace Vicinal.Deployment.Checks;

/// <summary>What can be wrong with a site, under a name that stays. docs/deploying.md lists all of them with these words.</summary>
/// <param name="Id">For scripts, such as duplicate-address.</param>
/// <param name="Meaning">What it says of any site.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record FindingKind(string Id, Severity Severity, string Meaning, string Fix);
