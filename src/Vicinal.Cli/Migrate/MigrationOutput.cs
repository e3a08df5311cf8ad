using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Vicinal.Cli.Migrate;

/// <summary>Shows a run as it goes, to people; or as one JSON document at its end, to programs.</summary>
public sealed class MigrationOutput(IAnsiConsole console, bool json)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public void Plan(MigrationReport report)
    {
        if (json)
        {
            return;
        }

        console.MarkupLineInterpolated($"[bold]{report.Router}[/] ({report.Id}): {report.From} -> {report.To}");
        if (report.IsThere)
        {
            console.MarkupLine("  nothing to do");
            return;
        }

        if (report.Phase != MigrationPhase.None)
        {
            console.MarkupLineInterpolated($"  [yellow]a migration of it is {report.Phase}; it goes on from there[/]");
        }

        Table table = new Table().Border(TableBorder.None).AddColumns("  flow", "now", "then");
        foreach (MigrationPlanFlow flow in report.Plan.Flows)
        {
            table.AddRow(Markup.Escape($"  {flow.Flow}"), Markup.Escape(Way(flow.Now)), Markup.Escape(Way(flow.Then)));
        }

        console.Write(table);
        Say("changes", report.Plan.Changes);
        Say("breaks", report.Plan.Breaks);
        Say("in the way", report.Plan.Blockers);
    }

    public void Step(MigrationReport report, MigrationStep step)
    {
        if (!json)
        {
            string gateway = step.Gateway is { } host ? $"; {host} serves its gateway" : "";
            console.MarkupLineInterpolated($"{report.Router}: {step.Step}: revision {step.Revision} is in force on {step.Nodes} nodes after {step.Milliseconds:0.0} ms{gateway}");
        }
    }

    public void End(MigrationReport report)
    {
        if (json)
        {
            return;
        }

        if (report.Outcome == MigrationOutcome.Migrated)
        {
            console.MarkupLineInterpolated($"{report.Router}: [green]{report.To}[/]");
        }
        else
        {
            console.MarkupLineInterpolated($"{report.Router}: [red]{report.Error}[/]");
            console.MarkupLineInterpolated($"  what was done is in force; the same command goes on, and --to {(report.From.Distributed ? "distributed" : "centralized")} {(report.From.Ha ? "--ha" : "--no-ha")} goes back");
        }
    }

    public void Summary(IReadOnlyCollection<MigrationReport> reports, int code)
    {
        if (json)
        {
            console.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(new { exitCode = code, routers = reports }, s_json));
        }
        else if (code == MigrationRun.Unconfirmed)
        {
            console.MarkupLine("Nothing has been changed. Repeat with --yes to migrate.");
        }
        else if (reports.Count > 1)
        {
            console.MarkupLineInterpolated($"{string.Join(", ", reports.GroupBy(r => r.Outcome).Select(g => $"{g.Count()} {Name(g.Key)}"))}");
        }
    }

    private void Say(string what, IReadOnlyList<string> sentences)
    {
        foreach (string sentence in sentences)
        {
            console.MarkupLineInterpolated($"  {what}: {sentence}");
        }
    }

    private static string Way(IReadOnlyList<string> nodes) => nodes.Count == 0 ? "nowhere" : string.Join(" → ", nodes);

    private static string Name(MigrationOutcome outcome) => outcome switch
    {
        MigrationOutcome.Unchanged => "already there",
        MigrationOutcome.NotReached => "not reached",
        _ => outcome.ToString().ToLowerInvariant(),
    };
}
