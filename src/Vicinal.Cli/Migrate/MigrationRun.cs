using Vicinal.Model.Resources;

namespace Vicinal.Cli.Migrate;

/// <summary>What a user asked for.</summary>
/// <param name="Ha">Null: each router keeps what it has.</param>
/// <param name="Patience">For how long nodes may take to put a step in force.</param>
public sealed record MigrationRequest(string? Router, bool All, bool Distributed, bool? Ha, bool DryRun, TimeSpan Patience)
{
    /// <summary>Where nothing is said of HA, a migration that is under way goes on as it was begun, or back to where it began.</summary>
    public RouterKind TargetOf(RouterState router, MigrationAnswer state) =>
        Ha is { } ha ? new RouterKind(Distributed, ha)
        : state.To is { } to && to.Distributed == Distributed ? to
        : state.From is { } from && from.Distributed == Distributed ? from
        : new RouterKind(Distributed, router.Kind.Ha);
}

/// <summary>Router after router: first all plans, then, if that is wanted, the migrations, up to the first that fails.</summary>
public sealed class MigrationRun(MigrationServer server, MigrationRequest request, MigrationOutput output)
{
    public const int Done = 0;
    public const int NotDone = 1;
    public const int Unconfirmed = 3;

    private readonly List<MigrationReport> _reports = [];

    /// <param name="confirm">Asked once, with the plans shown.</param>
    /// <returns>The command's exit code.</returns>
    public async Task<int> RunAsync(Func<CancellationToken, Task<bool>> confirm, CancellationToken stopping)
    {
        await PlanAsync(stopping);
        List<MigrationReport> left = [.. _reports.Where(report => !report.IsThere)];
        foreach (MigrationReport report in _reports)
        {
            report.Outcome = report.IsThere ? MigrationOutcome.Unchanged : report.Plan.Blockers.Count > 0 ? MigrationOutcome.Blocked : MigrationOutcome.Planned;
            output.Plan(report);
        }

        int code = left.Exists(report => report.Outcome == MigrationOutcome.Blocked) ? NotDone : Done;
        if (!request.DryRun && code == Done && left.Count > 0)
        {
            code = await confirm(stopping) ? await MigrateAsync(left, stopping) : Unconfirmed;
        }

        output.Summary(_reports, code);
        return code;
    }

    private async Task PlanAsync(CancellationToken stopping)
    {
        IReadOnlyList<RouterState> routers = request.All
            ? await server.ListRoutersAsync("", stopping)
            : [await server.FindRouterAsync(request.Router!, stopping)];
        foreach (RouterState router in routers)
        {
            RouterKind target = request.TargetOf(router, await server.ReadStateAsync(router, stopping));
            _reports.Add(new MigrationReport(router, target, await server.StepAsync(router, target, "plan", stopping)));
        }
    }

    private async Task<int> MigrateAsync(List<MigrationReport> left, CancellationToken stopping)
    {
        foreach (MigrationReport report in left)
        {
            try
            {
                RouterMigrator migrator = new(server, request.Patience, step =>
                {
                    report.Steps.Add(step);
                    output.Step(report, step);
                });
                await migrator.RunAsync(report.Router, report.To, stopping);
                report.Outcome = MigrationOutcome.Migrated;
                output.End(report);
            }
            catch (Exception e) when (e is MigrationException or OperationCanceledException)
            {
                report.Outcome = e is MigrationException ? MigrationOutcome.Failed : MigrationOutcome.Interrupted;
                report.Error = e is MigrationException ? e.Message : "interrupted";
                output.End(report);
                left[(left.IndexOf(report) + 1)..].ForEach(later => later.Outcome = MigrationOutcome.NotReached);
                return e is MigrationException ? NotDone : Demo.Interruption.ExitCode;
            }
        }

        return Done;
    }
}
