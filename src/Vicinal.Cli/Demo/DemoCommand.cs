using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Processes;

namespace Vicinal.Cli.Demo;

/// <summary>A whole cloud on this machine, and every flow of it shown with this run's own evidence.</summary>
internal static class DemoCommand
{
    public const string LabName = "demo";

    public static Command Build()
    {
        Option<bool> keep = new("--keep") { Description = "Leave the cloud up afterwards, to be entered with 'vicinal lab exec'." };
        Option<string?> breakage = new("--break") { Description = "Break something on purpose: the demo is to notice, and to fail." };
        breakage.AcceptOnlyFromAmong([.. Breakage.Names]);
        Option<string[]> only = new("--flow") { Description = "Run only these flows, by number.", AllowMultipleArgumentsPerToken = true };
        Option<bool> details = new("--details") { Description = "Show every stage of every walk." };
        Command command = new("demo", "Builds a whole cloud on this machine, runs every traffic flow, and draws its path.") { keep, breakage, only, details };
        command.SetAction(settings =>
        {
            if (Unprivileged.MustReexecute)
            {
                return Unprivileged.Reexecute(settings.GetValue(keep));
            }

            return Run(settings.GetValue(keep), settings.GetValue(breakage), settings.GetValue(only) ?? [], settings.GetValue(details));
        });
        return command;
    }

    private static int Run(bool keep, string? breakage, IReadOnlyCollection<string> only, bool details)
    {
        LabPlan plan = LabPlan.Standard(LabName);
        string directory = LabDirectory.Of(LabName);
        IAnsiConsole console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            // A file has no width; the evidence is to stay on its line.
            console.Profile.Width = 200;
        }

        long start = Stopwatch.GetTimestamp();
        if (Directory.Exists(directory))
        {
            LabCloud.Sweep(plan);
            Directory.Delete(directory, recursive: true);
        }

        using Interruption interruption = new(() => LabCloud.Sweep(plan));
        FlowRenderer renderer = new(console, details);
        try
        {
            renderer.Title(plan);
            using LabCloud cloud = LabCloud.Up(plan, LabProgram.Current(), directory);
            using DemoTopology topology = DemoTopology.Create(cloud);
            using CaptureSet captures = cloud.OpenCaptures();
            FlowContext context = new(topology, captures);
            renderer.Ready(Stopwatch.GetElapsedTime(start));
            if (breakage is not null)
            {
                Breakage.Apply(breakage, context);
                console.MarkupLineInterpolated($"[yellow]broken on purpose: {breakage}[/]");
            }

            List<FlowReport> reports = [];
            foreach ((string number, _) in FlowCatalog.All.Where(flow => only.Count == 0 || only.Contains(flow.Number)))
            {
                FlowReport report = FlowCatalog.Run(number, context);
                reports.Add(report);
                renderer.Show(report);
            }

            renderer.Summary(reports, Stopwatch.GetElapsedTime(start));
            if (keep)
            {
                renderer.Kept(directory);
                cloud.Leave();
            }

            return reports.All(report => report.Passed) ? 0 : 1;
        }
        catch (LabException e)
        {
            console.MarkupLineInterpolated($"[red]{e.Message}[/]");
            return 2;
        }
    }
}
