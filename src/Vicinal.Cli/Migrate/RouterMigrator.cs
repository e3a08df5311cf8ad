using Vicinal.Model.Resources;

namespace Vicinal.Cli.Migrate;

/// <summary>
/// Brings one router to a kind, step by step. The server keeps how far it is, so each round begins by asking: a router that another
/// command left half way goes on from there, or back to what it was when that is what is asked for.
/// </summary>
/// <param name="patience">For how long nodes may take to put a step in force.</param>
public sealed class RouterMigrator(MigrationServer server, TimeSpan patience, Action<MigrationStep> done)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns the kind that the router has then.</summary>
    /// <exception cref="MigrationException">The server refuses a step, or nodes do not follow.</exception>
    public async Task RunAsync(RouterState router, RouterKind target, CancellationToken stopping)
    {
        while (true)
        {
            MigrationAnswer answer = await server.StepAsync(router, target, "plan", stopping);
            RouterState now = await server.FindRouterAsync(router.Id.ToString(), stopping);
            if (NextStep(answer.Phase, now.Kind == target) is not { } step)
            {
                return;
            }

            await TakeAsync(router, target, step, stopping);
        }
    }

    /// <summary>Null when nothing is left to do.</summary>
    private static string? NextStep(string phase, bool hasKind) => (phase, hasKind) switch
    {
        (MigrationPhase.None, true) => null,
        (MigrationPhase.None, false) => "prepare",
        (MigrationPhase.Prepared, false) => "switch",
        (MigrationPhase.Switched, true) => "finish",
        (MigrationPhase.Prepared, true) or (MigrationPhase.Switched, false) => "abort",
        _ => throw new MigrationException($"the server is in a phase of the migration that this command does not know: '{phase}'"),
    };

    private async Task TakeAsync(RouterState router, RouterKind target, string step, CancellationToken stopping)
    {
        MigrationAnswer answer = await server.StepAsync(router, target, step, stopping);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(patience);
        RevisionState? progress = null;
        IReadOnlyList<GatewayNodeState> gateways;
        try
        {
            do
            {
                progress = await server.ReadRevisionAsync(answer.Revision, limit.Token);
            }
            while (progress.Applied < progress.Nodes && await PauseAsync(limit.Token));

            // What is prepared is only worth switching to when a node says of itself that it serves.
            do
            {
                gateways = await server.ReadGatewayNodesAsync(router, limit.Token);
            }
            while (gateways.Count > 0 && !gateways.Any(node => node.IsActive) && await PauseAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            string missing = progress is { Pending.Count: > 0 } ? $"{string.Join(", ", progress.Pending)} did not put it in force" : "no gateway node says that it serves";
            throw new MigrationException($"'{step}' is not complete after {patience.TotalSeconds:0} s: {missing}");
        }

        done(new MigrationStep(step, answer.Revision, progress.Nodes, progress.Milliseconds, gateways.FirstOrDefault(node => node.IsActive)?.Host));
    }

    private static async Task<bool> PauseAsync(CancellationToken stopping)
    {
        await Task.Delay(s_pause, stopping);
        return true;
    }
}

/// <summary>A step that is in force.</summary>
/// <param name="Nodes">On so many nodes it changed something.</param>
/// <param name="Milliseconds">From the write to the last of them.</param>
/// <param name="Gateway">The node that serves the router's gateway then.</param>
public sealed record MigrationStep(string Step, long Revision, int Nodes, double Milliseconds, string? Gateway);
