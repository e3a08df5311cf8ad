using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Cli.Deploy;

/// <summary>Findings for people, the worst first, or as JSON.</summary>
internal static class FindingWriter
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(IReadOnlyCollection<Finding> found, string format, TextWriter output)
    {
        IEnumerable<Finding> ordered = found.OrderByDescending(finding => finding.Kind.Severity);
        if (format == "json")
        {
            output.WriteLine(new JsonObject { ["findings"] = new JsonArray([.. ordered.Select(Describe)]), ["errors"] = Count(Severity.Error), ["warnings"] = Count(Severity.Warning), ["notes"] = Count(Severity.Note) }
                .ToJsonString(s_indented));
            return;
        }

        // What a role says wrongly is wrong on each of its nodes; once is enough for people.
        foreach (IGrouping<(FindingKind Kind, Place Place), Finding> alike in ordered.GroupBy(finding => (finding.Kind, finding.Place)))
        {
            Finding finding = alike.First();
            output.WriteLine($"{NameOf(finding.Kind.Severity),-7}  {finding.Kind.Id}");
            output.WriteLine($"         {finding.Place}");
            output.WriteLine($"         {finding.Message}{(alike.Count() > 1 ? $"; the same on {string.Join(", ", alike.Skip(1).Select(other => other.Node).OfType<string>())}" : "")}");
            output.WriteLine($"         fix: {finding.Kind.Fix}");
        }

        output.WriteLine($"errors: {Count(Severity.Error)}, warnings: {Count(Severity.Warning)}, notes: {Count(Severity.Note)}");

        int Count(Severity severity) => found.Count(finding => finding.Kind.Severity == severity);
    }

    /// <summary>Says on standard error what is worse than a note; false where an error forbids to go on.</summary>
    public static bool Tell(FindingList found, string command)
    {
        List<Finding> bad = [.. found.Where(finding => finding.Kind.Severity > Severity.Note)];
        if (bad.Count > 0)
        {
            Write(bad, "text", Console.Error);
        }

        if (found.Worst == Severity.Error)
        {
            Console.Error.WriteLine($"vicinal deploy {command}: the site has errors");
            return false;
        }

        return true;
    }

    private static JsonObject Describe(Finding finding) => new()
    {
        ["id"] = finding.Kind.Id,
        ["severity"] = NameOf(finding.Kind.Severity),
        ["file"] = finding.Place.File,
        ["line"] = finding.Place.IsSaid ? finding.Place.Line : null,
        ["key"] = finding.Place.Key.Length > 0 ? finding.Place.Key : null,
        ["node"] = finding.Node,
        ["message"] = finding.Message,
        ["fix"] = finding.Kind.Fix,
    };

    private static string NameOf(Severity severity) => severity.ToString().ToLowerInvariant();
}
