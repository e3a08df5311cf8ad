using Spectre.Console;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Plan;

namespace Vicinal.Cli.Demo;

/// <summary>Prints flows so that a person takes them in at a glance: what was sent, the way it went, and what was seen.</summary>
internal sealed class FlowRenderer(IAnsiConsole console, bool details)
{
    public void Title(LabPlan plan)
    {
        console.Write(new Rule("[bold]Vicinal: every packet is routed on the node where it starts[/]").LeftJustified());
        console.MarkupLineInterpolated($"Building a cloud of {plan.Nodes.Count} nodes in network namespaces: a server, {string.Join(", ", plan.Nodes.Select(n => $"{n.Name} ({n.Mode})"))}, an underlay, an external segment and the internet.");
    }

    public void Ready(TimeSpan time)
    {
        console.MarkupLineInterpolated($"Ready after {time.TotalSeconds:F1} s.");
        console.Write(new Panel(new Text("""
            internet 198.51.100.7
                |
            publicnet 203.0.113.0/24 ----- router r1 --+-- blue  10.1.0.0/24   vm1 (c1)  vm2 (c2)  vm7 (c3)
                |                                      +-- green 10.2.0.0/24   vm4 (c1)  vm3 (c2)
                +-- vm5 (c3)
                                           no router:      red   10.3.0.0/24   vm6 (c3)
            """)).Border(BoxBorder.Rounded));
    }

    public void Show(FlowReport report)
    {
        string verdict = report.Passed ? "[green]passed[/]" : "[red]FAILED[/]";
        console.WriteLine();
        console.MarkupLine($"[bold]{report.Number.PadLeft(2)}  {Markup.Escape(report.Title)}[/]  {verdict}");
        if (report.Seed.Length > 0)
        {
            console.MarkupLineInterpolated($"    [italic grey]{report.Seed}[/]");
        }

        foreach (string sent in report.Sent)
        {
            console.MarkupLineInterpolated($"    [blue]sent[/]  {sent}");
        }

        Path(report);
        Table table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "", "");
        foreach (FlowCheck check in report.Checks)
        {
            table.AddRow(check.Holds ? "    [green]ok[/]" : "    [red]NO[/]", Markup.Escape(check.Claim), $"[grey]{Markup.Escape(check.Evidence)}[/]");
        }

        console.Write(table);
    }

    public void Summary(IReadOnlyCollection<FlowReport> reports, TimeSpan time)
    {
        console.WriteLine();
        console.Write(new Rule().LeftJustified());
        List<FlowReport> failed = [.. reports.Where(report => !report.Passed)];
        console.MarkupLineInterpolated($"{reports.Count - failed.Count} of {reports.Count} flows passed, {reports.Sum(r => r.Checks.Count)} checks, in {time.TotalSeconds:F1} s.");
        foreach (FlowReport report in failed)
        {
            console.MarkupLineInterpolated($"[red]failed: flow {report.Number}, {report.Title}: {string.Join("; ", report.Checks.Where(c => !c.Holds).Select(c => c.Claim))}[/]");
        }
    }

    public void Kept(string lab, string directory)
    {
        string which = lab == LabName.Default ? "" : $" --lab {lab}";
        console.MarkupLineInterpolated(
            $"The cloud is still up. Enter it:  vicinal lab{which} exec vm1 -- ping 10.2.0.1\nIts logs are in {directory}. End it:  vicinal lab{which} down");
    }

    /// <summary>One line with the nodes, then what each node's pipeline said and rewrote.</summary>
    private void Path(FlowReport report)
    {
        if (report.Path.Count == 0)
        {
            return;
        }

        string drawn = string.Join("", report.Path.Select(hop => $"[[[bold]{hop.Node}[/]]] ──{Markup.Escape(hop.Leaves)}──▶ ")).TrimEnd();
        console.MarkupLine($"    [blue]path[/]  {drawn}");
        foreach (FlowHop hop in report.Path)
        {
            foreach (FlowStep step in hop.Steps.Where(step => details || step.Stage is not ("Receive" or "Output")))
            {
                string rewrites = step.Rewrites.Count == 0 ? "" : $"  [yellow]{Markup.Escape(string.Join(",  ", step.Rewrites))}[/]";
                console.MarkupLine($"          {hop.Node}  [cyan]{step.Stage,-14}[/] [grey]{Markup.Escape(step.What)}[/]{rewrites}");
            }
        }
    }
}
