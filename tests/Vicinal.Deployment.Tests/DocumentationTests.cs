using System.Text.RegularExpressions;
using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Tripleo;

namespace Vicinal.Deployment.Tests;

/// <summary>docs/deploying.md says of each key and each finding what the code says, and of no other.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Root(), "docs", "deploying.md"));

    [Fact]
    public void Each_finding_is_there_with_its_severity_its_meaning_and_its_fix() =>
        Section("Findings").Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .ShouldBe(FindingKinds.All.Select(kind => $"| `{kind.Id}` | {kind.Severity.ToString().ToLowerInvariant()} | {kind.Meaning} | {kind.Fix} |"));

    [Fact]
    public void The_list_of_kinds_has_each_of_them_once()
    {
        IEnumerable<FindingKind> declared = typeof(FindingKinds).GetProperties().Where(property => property.PropertyType == typeof(FindingKind)).Select(property => (FindingKind)property.GetValue(null)!);
        FindingKinds.All.ShouldBe(declared);
        FindingKinds.All.Select(kind => kind.Id).ShouldBeUnique();
    }

    [Fact]
    public void Each_key_of_the_site_and_of_a_node_is_there() =>
        FirstCells(Section("The site file")).ShouldBe([.. SiteKeys.All, .. AgentKeys.OfNode([])]);

    [Fact]
    public void Each_parameter_of_tripleo_is_there() => FirstCells(Section("TripleO's environment files")).ShouldBe(ParameterKeys.OfSite);

    [Fact]
    public void The_steps_of_the_manual_name_findings_that_there_are() =>
        Section("The manual's five steps, and what replaces them").SelectMany(line => Word().Matches(line).Select(match => match.Groups["word"].Value))
            .Where(word => word != "bridge-mappings").Except(FindingKinds.All.Select(kind => kind.Id)).ShouldBeEmpty();

    private static string[] Section(string heading) =>
        s_page.Split("\n## ").Single(part => part.StartsWith(heading + "\n", StringComparison.Ordinal)).Split('\n');

    private static IEnumerable<string> FirstCells(IEnumerable<string> lines) =>
        lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]);

    private static string Root()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Vicinal.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run from inside a checkout.");
        }

        return folder.FullName;
    }

    [GeneratedRegex("`(?<word>[a-z-]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();
}
