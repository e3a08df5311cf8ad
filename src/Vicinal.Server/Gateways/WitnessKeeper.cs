using Microsoft.Extensions.Logging;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Server.Distribution;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Gateways;

/// <summary>
/// Keeps the witnesses of the gateway policy what <see cref="WitnessChoice"/> wants, by the steps that <see cref="WitnessSteps"/> allows.
/// It acts when nodes come, go or acknowledge, and when a silent one becomes a lost one; nothing is looked at in turns.
/// </summary>
internal sealed class WitnessKeeper : IAsyncDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly TopologyWriter _writer;
    private readonly AppliedRevisions _applied;
    private readonly AgentLiveness _liveness;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Wakeup _wakeup;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    // Which revision holds the present witnesses. Set on the writer's thread.
    private volatile WitnessesInRevision _held = new(0, 0);

    // Acknowledgements are waited for. The loop alone sets it; streams read it.
    private volatile bool _isWaiting;

    // The loop's alone.
    private readonly WitnessWarnings _warnings;
    private DateTimeOffset? _settledAt;

    public WitnessKeeper(TopologyWriter writer, AppliedRevisions applied, AgentLiveness liveness, TimeProvider time, ILogger<WitnessKeeper> log)
    {
        _writer = writer;
        _applied = applied;
        _liveness = liveness;
        _time = time;
        _log = log;
        _wakeup = new Wakeup(time);
        _warnings = new WitnessWarnings(liveness, time, log);
        Topology start = writer.Subscribe(Published);
        _held = new WitnessesInRevision(start.GatewayPolicy?.Version ?? 0, start.Revision);
        liveness.Changed += _ => _wakeup.Wake();
        applied.Advanced += _ =>
        {
            if (_isWaiting)
            {
                _wakeup.Wake();
            }
        };
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

    /// <summary>On the writer's thread.</summary>
    private void Published(Publication publication)
    {
        if (publication.After.GatewayPolicy is { } policy && policy.Version != _held.Version)
        {
            _held = new WitnessesInRevision(policy.Version, publication.Revision);
        }

        if (publication.Changes.Any(static change => (change.After ?? change.Before) is Agent or GatewayPolicy))
        {
            _wakeup.Wake();
        }
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
                    await StepAsync();
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    _log.LogWarning("The witnesses are not changed yet: {Reason}", failure.Message);
                    _wakeup.At(_time.GetUtcNow() + s_retry);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; the witnesses stay.
        }
    }

    private async Task StepAsync()
    {
        // Before the acknowledgements are looked at, so that one that comes meanwhile wakes the loop again.
        _isWaiting = true;
        Topology topology = _writer.Current;
        if (topology.GatewayPolicy is not { } policy)
        {
            return;
        }

        bool settled = WitnessSteps.IsSettled(topology, policy, HasInForce);
        _settledAt = settled ? _settledAt ?? _time.GetUtcNow() : null;
        DateTimeOffset? ready = _settledAt + WitnessSteps.Pause(topology, policy, HasInForce);
        ValueList<string>? next = WitnessSteps.Next(topology, policy, _liveness.PresenceOf);
        if (next is { } witnesses && ready <= _time.GetUtcNow())
        {
            _settledAt = null;
            await WriteAsync(policy, (edit, current) => _ = GatewayPolicyRules.SetWitnesses(edit, current, witnesses));
            _log.LogInformation("The witnesses of who serves a gateway are {Witnesses}, version {Version}", witnesses, policy.Version + 1);
            return;
        }

        if (next is null && settled && !policy.FormerWitnesses.IsEmpty)
        {
            await WriteAsync(policy, static (edit, current) => _ = GatewayPolicyRules.Settle(edit, current));
            return;
        }

        _isWaiting = next is not null || !settled;
        _wakeup.At(NextMoment(topology, policy, next is null ? null : ready));
    }

    /// <summary>The publication wakes the loop again.</summary>
    private Task WriteAsync(GatewayPolicy policy, Action<TopologyEdit, GatewayPolicy> change) => _writer.WriteAsync(
        edit =>
        {
            if (edit.Current.GatewayPolicy is { } current && current.Version == policy.Version)
            {
                change(edit, current);
            }
        },
        _stopping.Token);

    /// <summary>When there may be something to do although nothing happens.</summary>
    private DateTimeOffset? NextMoment(Topology topology, GatewayPolicy policy, DateTimeOffset? ready)
    {
        IEnumerable<DateTimeOffset?> silent = policy.Witnesses
            .Where(host => _liveness.PresenceOf(host) == NodePresence.Silent)
            .Select(host => (DateTimeOffset?)_liveness.LostAfter(host));
        return silent.Append(ready).Append(_warnings.Say(topology, policy)).Min();
    }

    private bool HasInForce(string host)
    {
        WitnessesInRevision held = _held;
        return held.Version == (_writer.Current.GatewayPolicy?.Version ?? 0) && _applied.NewestOn(host) >= held.Revision;
    }

    private sealed record WitnessesInRevision(uint Version, long Revision);
}
