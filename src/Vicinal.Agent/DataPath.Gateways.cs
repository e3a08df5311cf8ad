using Microsoft.Extensions.Logging;
using Vicinal.Agent.Gateways;
using Vicinal.Agent.Gateways.Replication;
using Vicinal.Datapath;
using Vicinal.Devices.Netlink;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Agent;

/// <content>What the gateway thread asks of the data path, and is told by it.</content>
public sealed partial class DataPath : IGatewayDataPath
{
    private readonly LeaseClock _lease;
    private readonly DataPathPulse _pulse = new();
    private readonly ReplicationLink _replication;
    private readonly GatewayHealth _health;
    private readonly AwaitedGateways _awaited = new();

    LeaseClock IGatewayDataPath.Lease => _lease;

    DataPathPulse IGatewayDataPath.Pulse => _pulse;

    internal ReplicationLink Replication => _replication;

    void IGatewayDataPath.SetActives(IReadOnlyList<ActiveChange> changes, Action done) => Post(() =>
    {
        _replication.SetActives(changes);
        Node.SetActiveGateways([.. changes.Select(change => new ActiveGateway(change.RouterId, change.Host))], DataPathThread.Now);
        done();
        _awaited.Apply(changes);
        TryServeKernel(DataPathThread.Now);
    });

    void IGatewayDataPath.Replicate(IReadOnlyList<ReplicationChange> changes) => Post(() =>
    {
        foreach (ReplicationChange change in changes)
        {
            _replication.Replicate(change);
        }
    });

    void IGatewayDataPath.Flush(FlushRequest request) => Post(() => _replication.Flush(request));

    private static Underlay ReadUnderlay(AgentSettings settings)
    {
        using Rtnetlink route = Rtnetlink.Open();
        return Underlay.Of(settings.TunnelAddress, route.Addresses(), route.Links(), settings.BridgeMappings.Select(mapping => mapping.Interface));
    }

    private GatewayThread OpenGateways(Underlay underlay, ulong incarnation, Action<GatewayRoleReport> report, ILogger log)
    {
        GatewaySettings settings = new(_settings.Host, incarnation, Random.Shared.Next());
        GatewaySockets sockets = GatewaySockets.Open(_settings.TunnelAddress, underlay);
        return new GatewayThread(settings, sockets, this, report, log);
    }

    private void TellGateways(GatewayInput input) => Gateways.Post(input);

    private void TellHealth(Guid network, bool link, UpstreamState upstream) =>
        TellGateways((election, now, effects) => election.SetHealth(network, link, upstream, now, effects));

    /// <summary>After each round of served devices: what waits to be sent goes, and the gateway thread hears that there was one.</summary>
    private void EndRound()
    {
        if (_lease.RanOutSinceUse())
        {
            _output.DiscardToNics();
        }

        _output.Flush();
        _replication.Send();
        if (_programmed.Task.IsCompleted)
        {
            _pulse.Beat();
        }
    }
}
