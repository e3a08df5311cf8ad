using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Server.Api.Discovery;
using Vicinal.Server.Api.Http;
using Vicinal.Server.Api.Listing;

namespace Vicinal.Server.Api.Agents;

/// <summary>GET /availability_zones: the zones that agents say to be in. They are for routers: nothing else is placed by zone.</summary>
internal static class AvailabilityZones
{
    private static readonly string[] s_attributes = ["name", "resource", "state"];

    public static CollectionName MapAvailabilityZones(this IEndpointRouteBuilder routes, ApiServices services)
    {
        routes.MapGet("/v2.0/availability_zones", http =>
        {
            RefuseUnknownFilters(http.Request.Query);
            IReadOnlySet<string> fields = ListQueryParser.ParseFields(http.Request.Query);
            return Answer.WriteAsync(http, 200, new Dictionary<string, object?>
            {
                ["availability_zones"] = Zones(services.Writer.Current)
                    .Where(zone => s_attributes.All(name => http.Request.Query[name] is not { Count: > 0 } wanted || wanted.Contains((string)zone[name]!)))
                    .Select(zone => fields.Count == 0 ? zone : zone.Where(entry => fields.Contains(entry.Key)).ToDictionary())
                    .ToArray(),
            });
        });
        return new CollectionName("availability_zone", "availability_zones", "availability_zones");
    }

    /// <summary>A zone is available while one of its agents is not disabled.</summary>
    private static IEnumerable<Dictionary<string, object?>> Zones(Topology topology) => topology.Agents.Values
        .GroupBy(static agent => agent.AvailabilityZone, StringComparer.Ordinal)
        .OrderBy(static zone => zone.Key, StringComparer.Ordinal)
        .Select(static zone => new Dictionary<string, object?>
        {
            ["name"] = zone.Key,
            ["resource"] = "router",
            ["state"] = zone.Any(static agent => agent.AdminStateUp) ? "available" : "unavailable",
        });

    private static void RefuseUnknownFilters(IQueryCollection query)
    {
        string[] unknown = [.. query.Keys.Where(static name => name != "fields" && !s_attributes.Contains(name))];
        if (unknown.Length > 0)
        {
            throw NeutronFault.BadRequest($"[{string.Join(", ", unknown.Select(static name => $"'{name}'"))}] is invalid attribute for filtering");
        }
    }
}
