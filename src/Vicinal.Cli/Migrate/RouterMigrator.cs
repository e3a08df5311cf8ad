using Vicinal.Model.Resources;

namespace Vicinal.Cli.Migrate;

/// <summary>
/// Brings one router to a kind, step by step. The server keeps how far it is, so a router that another command left half way goes on from
/// there, or back to what it was when that is what is asked for. No step is taken before all nodes have the one before it in force.
/// </summary>
/// <param name="patience">For how long nodes may take to put a step in force.</param>
public sealed class RouterMigrator(MigrationServer server, TimeSpan patience, Action<MigrationStep> done)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns when the router is of that kind and nothing is left to do.</summary>
    /// <exception cref="MigrationException">The server refuses a step, or nodes do not follow.</exception>
    public async Task RunAsync(RouterState router, RouterKind target, CancellationToken stopping)
    {
        MigrationAnswer answer = await server.ReadStateAsync(router, stopping);
        if (answer.Phase != MigrationPhase.None)
        {
            _ = await WaitAsync(router, answer.Phase, answer.Revision, stopping);
        }

        while (true)
        {
            RouterState now = await server.FindRouterAsync(router.Id.ToString(), stopping);
            if (NextStep(answer.Phase, now.Kind == target) is not { } step)
            {
                return;
            }

            answer = await server.StepAsync(router, target, step, stopping);
            done(await WaitAsync(router, step, answer.Revision, stopping));
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

    /// <summary>Waits until a revision is in force everywhere, and until one of the gateway nodes, if the router has any that tell, says that it serves.</summary>
    private async Task<MigrationStep> WaitAsync(RouterState router, string step, long revision, CancellationToken stopping)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(patience);
        RevisionState? progress = null;
        try
        {
            while (progress is not { Complete: true })
            {
                progress = await server.FindRevisionAsync(revision, limit.Token);
                if (progress is null)
                {
                    // A server that was started again knows the revision of its start, and none before it.
                    await Task.Delay(s_pause, limit.Token);
                    revision = (await server.ReadStateAsync(router, limit.Token)).Revision;
                }
            }

            IReadOnlyList<GatewayNodeState> gateways = await server.ReadGatewayNodesAsync(router, limit.Token);
            while (gateways.Count > 0 && !gateways.Any(node => node.IsActive))
            {
                await Task.Delay(s_pause, limit.Token);
                gateways = await server.ReadGatewayNodesAsync(router, limit.Token);
            }

            return new MigrationStep(step, revision, progress.Nodes, progress.Milliseconds, gateways.FirstOrDefault(node => node.IsActive)?.Host);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            string missing = progress is { Complete: false } ? progress.Missing : "no gateway node says that it serves";
            throw new MigrationException($"'{step}' is not complete after {patience.TotalSeconds:0} s: {missing}");
        }
    }
}

/// <summary>A step that is in force.</summary>
/// <param name="Nodes">On so many nodes it changed something.</param>
/// <param name="Milliseconds">From the write to the last of them.</param>
/// <param name="Gateway">The node that says that it serves what is not distributed; null where none is asked, or the router has only one.</param>
public sealed record MigrationStep(string Step, long Revision, int Nodes, double Milliseconds, string? Gateway);
