using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using Vicinal.Devices;
using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Processes;

namespace Vicinal.Cli.Demo;

/// <summary>A whole cloud on this machine, and every flow of it shown with this run's own evidence.</summary>
internal static class DemoCommand
{
    public static Command Build()
    {
        Option<bool> keep = new("--keep") { Description = "Leave the cloud up afterwards, to be entered with 'vicinal lab exec'." };
        Option<string?> breakage = new("--break") { Description = "Break something on purpose: the demo is to notice, and to fail." };
        breakage.AcceptOnlyFromAmong([.. Breakage.Names]);
        Option<string[]> only = new("--flow") { Description = "Run only these flows, by number.", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong([.. FlowCatalog.All.Select(flow => flow.Number)]);
        Option<string> datapath = new("--datapath") { Description = "Who carries the packets on the nodes.", DefaultValueFactory = _ => "auto" };
        datapath.AcceptOnlyFromAmong([.. LabPlan.Datapaths]);
        Option<bool> details = new("--details") { Description = "Show every stage of every walk." };
        Option<string> lab = LabName.Option();
        Command command = new("demo", "Builds a whole cloud on this machine, runs every traffic flow, and draws its path.") { keep, breakage, only, details, datapath, lab };
        command.SetAction(settings =>
        {
            DemoRequest request = new(
                settings.GetValue(lab)!, settings.GetValue(datapath)!, settings.GetValue(keep), settings.GetValue(breakage), settings.GetValue(only) ?? [], settings.GetValue(details));
            return Unprivileged.MustReexecute ? Unprivileged.Reexecute(request.Lab, request.Keep, request.Datapath) : Run(request);
        });
        return command;
    }

    private static int Run(DemoRequest request)
    {
        IAnsiConsole console = OutputConsole.Open();
        using Interruption interruption = new();
        try
        {
            LabCloud.Sweep(LabPlan.Standard(request.Lab), LabDirectory.Of(request.Lab));
            LabDirectory.Delete(request.Lab);
            bool passed = Show(request, console, interruption.Token);
            if (passed && !request.Keep)
            {
                LabDirectory.Delete(request.Lab);
            }
            else if (!passed)
            {
                console.MarkupLineInterpolated($"Logs are in {LabDirectory.Of(request.Lab)}.");
            }

            return passed ? 0 : 1;
        }
        catch (Exception) when (interruption.Token.IsCancellationRequested)
        {
            LabDirectory.Delete(request.Lab);
            return Interruption.ExitCode;
        }
        catch (Exception e) when (e is LabException or DeviceException)
        {
            console.MarkupLineInterpolated($"[red]{e.Message}[/]");
            return 2;
        }
    }

    /// <summary>The cloud is gone when it returns, unless it is to be kept.</summary>
    private static bool Show(DemoRequest request, IAnsiConsole console, CancellationToken stopping)
    {
        LabPlan plan = LabPlan.Standard(request.Lab) with { Datapath = request.Datapath };
        long start = Stopwatch.GetTimestamp();
        FlowRenderer renderer = new(console, request.Details);
        renderer.Title(plan);
        using LabCloud cloud = LabCloud.Up(plan, LabProgram.Current(), LabDirectory.Of(request.Lab), stopping);
        using DemoTopology topology = DemoTopology.Create(cloud);
        using CaptureSet captures = cloud.OpenCaptures();
        FlowContext context = new(topology, captures);
        renderer.Ready(Stopwatch.GetElapsedTime(start));
        DatapathRenderer datapaths = new(console);
        datapaths.Name(cloud.ReadDatapaths());
        if (request.Breakage is { } breakage)
        {
            Breakage.Apply(breakage, context);
            console.MarkupLineInterpolated($"[yellow]broken on purpose: {breakage}[/]");
        }

        List<FlowReport> reports = [];
        foreach ((string number, _) in FlowCatalog.All.Where(flow => request.Only.Count == 0 || request.Only.Contains(flow.Number)))
        {
            FlowReport report = FlowCatalog.Run(number, context);
            reports.Add(report);
            renderer.Show(report);
        }

        datapaths.Established(cloud);
        datapaths.Counters(cloud);
        renderer.Summary(reports, Stopwatch.GetElapsedTime(start));
        if (request.Keep)
        {
            renderer.Kept(request.Lab, cloud.Directory);
            cloud.Leave();
        }

        return reports.TrueForAll(report => report.Passed);
    }

    private sealed record DemoRequest(string Lab, string Datapath, bool Keep, string? Breakage, IReadOnlyCollection<string> Only, bool Details);
}
