using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api;
using Vicinal.Server.Api.Http;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Gateways;

/// <summary>GET /vicinal/v1/gateways: which node serves each router's gateway, by its own word, and who witnesses that.</summary>
public static class GatewayEndpoints
{
    public static void MapGateways(this IEndpointRouteBuilder routes, TopologyWriter writer, ActiveGateways gateways) =>
        routes.MapGet("/vicinal/v1/gateways", http => AnswerAsync(http, writer.Current, gateways));

    private static Task AnswerAsync(HttpContext http, Topology topology, ActiveGateways gateways)
    {
        if (!CallerClaims.CallerOf(http).IsAdmin)
        {
            throw ApiFaults.NotAuthorized("get_gateways");
        }

        return Answer.WriteAsync(http, 200, new Dictionary<string, object?>
        {
            ["policy"] = topology.GatewayPolicy is { } policy ? Tree(policy) : null,
            ["gateways"] = topology.Routers.Values
                .Where(static router => !router.GatewayBindings.IsEmpty)
                .OrderBy(static router => router.Id)
                .Select(router => Tree(router, gateways.Find(router.Id)))
                .ToArray(),
        });
    }

    private static Dictionary<string, object?> Tree(GatewayPolicy policy) => new()
    {
        ["witnesses"] = policy.Witnesses.ToArray(),
        ["version"] = (long)policy.Version,

        // So many of them may fail, and standbys still take over.
        ["tolerates"] = policy.Witnesses.IsEmpty ? 0 : (policy.Witnesses.Count - 1) / 2,
        ["bfd_interval"] = policy.IntervalMilliseconds,
        ["bfd_multiplier"] = policy.Multiplier,
        ["lease"] = policy.LeaseMilliseconds,
        ["hold"] = policy.HoldSeconds,
        ["preempt"] = policy.Preempt,
        ["automatic_failover"] = policy.AutomaticFailover,
    };

    private static Dictionary<string, object?> Tree(Router router, ActiveGateway? active) => new()
    {
        ["router"] = router.Id,
        ["name"] = router.Name,
        ["nodes"] = router.GatewayBindings.Select(static binding => binding.Host).ToArray(),
        ["active"] = active?.Host,
        ["before"] = active?.Before,
        ["epoch"] = active is null ? null : $"{active.Epoch >> 32}.{(uint)active.Epoch}",
        ["since"] = active?.Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
    };
}
