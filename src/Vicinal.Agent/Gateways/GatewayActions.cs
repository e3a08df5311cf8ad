using Microsoft.Extensions.Logging;
using Vicinal.Forwarding;
using Vicinal.Gateways.Bfd;
using Vicinal.Gateways.Elections;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Agent.Gateways;

/// <summary>Carries out what the election decided: leases first, then who serves, then what others are told. Owned by the gateway thread.</summary>
/// <param name="post">Runs an input on the gateway thread.</param>
internal sealed class GatewayActions(
    string host,
    GatewaySockets sockets,
    IGatewayDataPath dataPath,
    HostTable hosts,
    Action<GatewayInput> post,
    Action<GatewayRoleReport> report,
    ILogger log)
{
    /// <summary>More changes at once are told as their number.</summary>
    private const int MostLogged = 16;

    private readonly GatewayRoles _roles = new(host, report);
    private readonly Dictionary<Guid, DateTimeOffset> _since = [];
    private bool _ready;
    private long _shortUntil;
    private long _longUntil;

    /// <summary>When each router came to be served as it is.</summary>
    public IReadOnlyDictionary<Guid, DateTimeOffset> Since() => new Dictionary<Guid, DateTimeOffset>(_since);

    public void Apply(ReadOnlySpan<RowChange> changes)
    {
        _roles.Apply(changes);
        foreach (RowChange change in changes)
        {
            if (change.Key.Kind == RowKind.Router && change.Row is null)
            {
                _since.Remove(change.Key.Id);
            }
        }
    }

    /// <summary>A data path that does not go round serves nothing leased: neither it nor what it left in the kernel.</summary>
    public void SetReady(bool ready)
    {
        _ready = ready;
        dataPath.Lease.Set(ready ? _shortUntil : 0, ready ? _longUntil : 0);
    }

    public void CarryOut(GatewayEffects effects)
    {
        if (effects.LeaseMoved)
        {
            (_shortUntil, _longUntil) = (effects.ShortUntil, effects.LongUntil);
            if (_ready)
            {
                dataPath.Lease.Set(_shortUntil, _longUntil);
            }
        }

        if (effects.Actives.Count > 0)
        {
            SetActives([.. effects.Actives]);
        }

        if (effects.Replications.Count > 0)
        {
            dataPath.Replicate([.. effects.Replications]);
        }

        foreach (FlushRequest flush in effects.Flushes)
        {
            dataPath.Flush(flush);
        }

        foreach (PeerChange peer in effects.Peers)
        {
            log.Log(peer.State == BfdState.Up ? LogLevel.Information : LogLevel.Warning, "Node {Host} is {State}: {Diagnostic}", peer.Host, peer.State, peer.Diagnostic);
        }

        for (int i = 0; i < effects.MessageCount; i++)
        {
            OutgoingMessage message = effects.Message(i);
            sockets.Send(hosts, message.Host, message.IsBfd, message.Bytes);
        }
    }

    private void SetActives(ActiveChange[] changes)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        foreach (ref readonly ActiveChange change in changes.AsSpan())
        {
            _roles.Apply(in change);
            if (change.Reason == ActiveReason.Unscheduled)
            {
                // No row lists a node for it any more, if there is a row.
                _since.Remove(change.RouterId);
            }
            else
            {
                _since[change.RouterId] = now;
            }
        }

        Log(changes);
        ulong last = changes[^1].Number;
        dataPath.SetActives(changes, () => post((election, time, effects) => election.Applied(last, time, effects)));
    }

    private void Log(ActiveChange[] changes)
    {
        foreach (ActiveChange change in changes.Take(MostLogged))
        {
            log.LogInformation("Router {Router}: {Host} serves from epoch {Epoch} on ({Reason})", change.RouterId, change.Host ?? "nobody", change.Epoch, change.Reason);
        }

        if (changes.Length > MostLogged)
        {
            log.LogInformation("Likewise of {Count} more routers", changes.Length - MostLogged);
        }
    }
}
