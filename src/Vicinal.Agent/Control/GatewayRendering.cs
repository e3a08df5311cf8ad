using System.Globalization;
using System.Text.Json.Nodes;
using Vicinal.Agent.Gateways;
using Vicinal.Agent.Gateways.Replication;
using Vicinal.Devices;
using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Control;

/// <summary>GET /gateways: this node's part in who serves which router's gateway. Times are microseconds from now on, or up to now.</summary>
internal static class GatewayRendering
{
    public static async Task<JsonNode> RenderAsync(AgentSettings settings, DataPath dataPath, int most)
    {
        GatewayReport report = await dataPath.Gateways.ReadAsync();
        (JsonArray replication, long strangers) = await dataPath.Ask(() => (Render(dataPath.Replication), dataPath.Replication.FromStrangers));
        long now = MonotonicTimer.Now;
        return new JsonObject
        {
            ["host"] = settings.Host,
            ["ready"] = report.Ready,
            ["real_time"] = report.RealTimeRefusal is null,
            ["real_time_refusal"] = report.RealTimeRefusal,
            ["lease"] = new JsonObject
            {
                ["short_us"] = Remaining(report.ShortUntil, now),
                ["long_us"] = Remaining(report.LongUntil, now),
                ["witnesses"] = new JsonArray([.. report.Witnesses.Select(witness => Render(witness, now))]),
            },
            ["stalls"] = Render(report.Stalls),
            ["routers"] = new JsonArray([.. report.Routers.Take(most).Select(router => Render(router, report.Since))]),
            ["bfd"] = new JsonArray([.. report.Peers.Select(peer => Render(peer, now))]),
            ["replication"] = replication,
            ["datagrams"] = new JsonObject { ["from_strangers"] = report.FromStrangers + strangers, ["wrong_hop_limit"] = report.WrongHopLimit },
        };
    }

    private static JsonNode Render(WitnessView witness, long now) => new JsonObject
    {
        ["host"] = witness.Host,
        ["last_answer_us"] = Since(witness.LastAnswer, now),
    };

    private static JsonNode Render(GatewayView router, IReadOnlyDictionary<Guid, DateTimeOffset> since) => new JsonObject
    {
        ["router"] = router.RouterId.ToString(),
        ["role"] = router.Role.ToString().ToLowerInvariant(),
        ["active"] = router.Active,
        ["epoch"] = router.Epoch.ToString(),
        ["since"] = since.TryGetValue(router.RouterId, out DateTimeOffset time) ? time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) : null,
        ["eligible"] = router.Eligible,
        ["replicated"] = router.Replicated,
    };

    private static JsonNode Render(PeerView peer, long now) => new JsonObject
    {
        ["host"] = peer.Host,
        ["state"] = peer.State.ToString().ToLowerInvariant(),
        ["diagnostic"] = peer.Diagnostic.ToString(),
        ["interval_us"] = Microseconds(peer.Interval),
        ["detection_us"] = Microseconds(peer.DetectionTime),
        ["last_packet_us"] = Since(peer.LastPacket, now),
        ["downs"] = peer.Downs,
    };

    private static JsonObject Render(StallReport stalls) => new()
    {
        ["samples"] = stalls.Samples,
        ["p99_us"] = Microseconds(stalls.P99),
        ["max_us"] = Microseconds(stalls.Longest),
        ["buckets"] = new JsonArray([.. stalls.Buckets.Select(bucket => (JsonNode)new JsonArray(Microseconds(bucket.End), bucket.Count))]),
    };

    private static JsonArray Render(ReplicationLink link) =>
    [
        .. link.Standbys.Select(standby => (JsonNode)new JsonObject
        {
            ["host"] = standby.Host,
            ["direction"] = "to",
            ["routers"] = standby.Routers.Count,
            ["in_full"] = null,
            ["records"] = standby.Records,
            ["waiting"] = standby.Waiting,
            ["full_sets"] = standby.FullSets,
            ["refused"] = null,
        }),
        .. link.Actives.Select(active => (JsonNode)new JsonObject
        {
            ["host"] = active.Host,
            ["direction"] = "from",
            ["routers"] = active.Begun,
            ["in_full"] = active.Complete.Count,
            ["records"] = active.Records,
            ["waiting"] = null,
            ["full_sets"] = null,
            ["refused"] = active.Refused,
        }),
    ];

    /// <summary>Negative since it ran out; null when nothing is served under such a lease.</summary>
    private static long? Remaining(long until, long now) => until == 0 ? null : Microseconds(until - now);

    private static long? Since(long? time, long now) => time is { } known ? Microseconds(now - known) : null;

    private static long Microseconds(long nanoseconds) => nanoseconds / 1000;
}
