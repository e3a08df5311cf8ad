using System.CommandLine;

namespace Vicinal.Cli.Demo;

/// <summary>--lab: several labs stand side by side under names of their own.</summary>
internal static class LabName
{
    public const string Default = "demo";

    private const int Longest = 20;

    public static Option<string> Option()
    {
        Option<string> lab = new("--lab") { Description = "Name of the lab, so that several stand side by side: letters and digits.", HelpName = "NAME", DefaultValueFactory = _ => Default, Recursive = true };

        // No dash: the names of a lab's namespaces begin with it, and no lab's is to begin with another's.
        lab.Validators.Add(result =>
        {
            string name = result.Tokens.Count == 1 ? result.Tokens[0].Value : Default;
            if (name.Length is 0 or > Longest || !name.All(char.IsAsciiLetterOrDigit))
            {
                result.AddError($"--lab: '{name}' is not 1 to {Longest} letters and digits");
            }
        });
        return lab;
    }
}
