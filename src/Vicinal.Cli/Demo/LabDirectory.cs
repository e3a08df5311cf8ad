namespace Vicinal.Cli.Demo;

/// <summary>Where a lab keeps its logs, certificates and state: one folder a lab and user.</summary>
internal static class LabDirectory
{
    public static string Of(string lab) => Path.Combine(Path.GetTempPath(), $"vicinal-{Environment.UserName}", lab);
}
