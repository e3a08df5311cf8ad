using Microsoft.Extensions.Logging;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Distribution;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Gateways;

/// <summary>
/// Gives up on agents that were not heard for longer than agent_down_time: nothing new is put on them, and with
/// allow_automatic_l3agent_failover the routers that no other node serves go elsewhere. When most agents fall silent, the one that is cut
/// off is the server, and it does nothing.
/// </summary>
internal sealed class UnreachableAgents : IAsyncDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly TopologyWriter _writer;
    private readonly AgentLiveness _liveness;
    private readonly CloudSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Wakeup _wakeup;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    // The loop's alone.
    private HashSet<Guid> _stranded = [];
    private bool _saidCutOff;

    public UnreachableAgents(TopologyWriter writer, AgentLiveness liveness, CloudSettings settings, TimeProvider time, ILogger<UnreachableAgents> log)
    {
        _writer = writer;
        _liveness = liveness;
        _settings = settings;
        _time = time;
        _log = log;
        _wakeup = new Wakeup(time);
        writer.Subscribe(publication =>
        {
            // A node or a router that comes may be what a stranded router waits for, or be stranded itself.
            if (publication.Changes.Any(static change => (change.After ?? change.Before) is Agent or Router or GatewayPolicy))
            {
                _wakeup.Wake();
            }
        });
        liveness.Changed += _ => _wakeup.Wake();
        _wakeup.Wake();
        _loop = Task.Run(LoopAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
        _wakeup.Dispose();
    }

    private async Task LoopAsync()
    {
        try
        {
            while (true)
            {
                await _wakeup.WaitAsync(_stopping.Token);
                try
                {
                    await LookAsync(_writer.Current);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    _log.LogWarning("Agents that are down are not given up yet: {Reason}", failure.Message);
                    _wakeup.At(_time.GetUtcNow() + s_retry);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task LookAsync(Topology topology)
    {
        List<Agent> silent = [.. topology.Agents.Values.Where(agent => _liveness.PresenceOf(agent.Host) != NodePresence.Present)];
        List<Agent> lost = [.. silent.Where(IsLost)];
        _wakeup.At(silent.Except(lost).Select(agent => (DateTimeOffset?)_liveness.LostAfter(agent.Host)).Min());

        // Those given up on before are no sign that the server is cut off now.
        int expected = topology.Agents.Values.Count(static agent => !agent.Unreachable);
        bool cutOff = 2 * silent.Count(static agent => !agent.Unreachable) > expected;
        Say(cutOff && lost.Exists(static agent => !agent.Unreachable), silent.Count, topology.Agents.Count);
        if (cutOff || lost.Count == 0)
        {
            return;
        }

        List<Agent> fresh = [.. lost.Where(static agent => !agent.Unreachable)];
        bool moves = topology.GatewayPolicy is { AutomaticFailover: true };
        if (fresh.Count > 0 || moves)
        {
            await GiveUpAsync(fresh, moves);
        }
    }

    private async Task GiveUpAsync(List<Agent> lost, bool moves)
    {
        Written<(IReadOnlyList<Guid> Moved, IReadOnlyList<Guid> Stranded, Topology After)> written = await _writer.WriteAsync(
            edit =>
            {
                // One that is back by now has been heard before it reported.
                foreach (Agent agent in lost.Where(agent => edit.Current.Agents.ContainsKey(agent.Id) && IsLost(agent)))
                {
                    _ = AgentRules.GiveUp(edit, agent.Id);
                }

                (IReadOnlyList<Guid> moved, IReadOnlyList<Guid> stranded) = moves ? GatewayScheduling.LeaveUnreachable(edit, _settings) : ([], []);
                return (moved, stranded, edit.Current);
            },
            _stopping.Token);
        lost.ForEach(agent => _log.LogWarning("The agent of {Host} is down: last heard {Heard:O}", agent.Host, _liveness.LastHeard(agent.Host)));
        foreach (Guid router in written.Value.Moved)
        {
            IEnumerable<string> hosts = written.Value.After.Routers[router].GatewayBindings.Select(static binding => binding.Host);
            _log.LogWarning("Router {Router} is rescheduled to {Hosts}, since its gateway node is down", router, string.Join(", ", hosts));
        }

        foreach (Guid router in written.Value.Stranded.Where(router => !_stranded.Contains(router)))
        {
            _log.LogError("{Reason}", AgentSchedulerFaults.NoEligibleAgent(router).Message);
        }

        _stranded = [.. written.Value.Stranded];
    }

    private bool IsLost(Agent agent) => _liveness.PresenceOf(agent.Host) == NodePresence.Lost;

    private void Say(bool cutOff, int silent, int all)
    {
        if (cutOff && !_saidCutOff)
        {
            _log.LogError("{Silent} of {All} agents are silent: this server seems to be cut off, and nothing is rescheduled", silent, all);
        }

        _saidCutOff = cutOff;
    }
}
