using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Bodies;
using Vicinal.Server.Api.Http;
using Vicinal.Server.Api.Listing;
using Vicinal.Server.Api.Routers;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Api.Agents;

/// <summary>The l3_agent_scheduler extension: which agent has which router, told and changed. All of it is the operator's business.</summary>
internal static class L3AgentScheduler
{
    public static void MapL3AgentScheduler(
        this IEndpointRouteBuilder routes, RouterCollection routers, AgentCollection agents, ApiServices services)
    {
        routes.MapGet("/v2.0/routers/{id}/l3-agents", http =>
        {
            Caller caller = Admin(http, "get_l3-agents");
            Topology topology = services.Writer.Current;
            Router router = CollectionEndpoints.Find(routers, http, caller, topology);
            return Answer.WriteAsync(http, 200, new Dictionary<string, object?>
            {
                ["agents"] = RouterHosting.AgentsOf(topology, router, services).Select(host => Tree(agents, host.Agent, topology, host.HaState)).ToArray(),
            });
        });
        routes.MapGet("/v2.0/agents/{id}/l3-routers", http =>
        {
            Caller caller = Admin(http, "get_l3-routers");
            Topology topology = services.Writer.Current;
            Agent agent = CollectionEndpoints.Find(agents, http, caller, topology);
            return Answer.WriteAsync(http, 200, json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("routers");
                ResourceWriter<Router> writer = new(routers.Table, caller, ListQueryParser.AllFields);
                foreach (Router router in RouterHosting.RoutersOn(topology, agent))
                {
                    writer.Write(json, router, topology);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            });
        });
        MapChanges(routes, agents, services);
    }

    /// <summary>As in Neutron the first answers 201 with null, and the second 204.</summary>
    private static void MapChanges(IEndpointRouteBuilder routes, AgentCollection agents, ApiServices services)
    {
        routes.MapPost("/v2.0/agents/{id}/l3-routers", async http =>
        {
            Caller caller = Admin(http, "create_l3-router");
            Guid router = RouterOf((await RequestBytes.ReadJsonAsync(http) as Dictionary<string, object?>)?.GetValueOrDefault("router_id"));
            await ChangeAsync(http, services, edit =>
                AgentRouters.Add(edit, CollectionEndpoints.Find(agents, http, caller, edit.Current).Id, router, services.Settings));
            await Answer.WriteAsync(http, 201, static json => json.WriteNullValue());
        });
        routes.MapDelete("/v2.0/agents/{id}/l3-routers/{router}", async http =>
        {
            Caller caller = Admin(http, "delete_l3-router");
            Guid router = RouterOf(http.Request.RouteValues["router"]);
            await ChangeAsync(http, services, edit =>
                AgentRouters.Remove(edit, CollectionEndpoints.Find(agents, http, caller, edit.Current).Id, router));
            http.Response.StatusCode = 204;
        });
    }

    private static async Task ChangeAsync(HttpContext http, ApiServices services, Action<TopologyEdit> change)
    {
        Written<bool> written = await services.Writer.WriteAsync(
            edit =>
            {
                change(edit);
                return true;
            },
            http.RequestAborted);
        CollectionEndpoints.TellRevision(http, written.Revision);
    }

    private static Guid RouterOf(object? given) => given switch
    {
        string text when Guid.TryParseExact(text, "D", out Guid id) => id,
        string text => throw RouterFaults.NotFound(text),
        _ => throw NeutronFault.BadRequest("Invalid input for router_id. Reason: it is not given."),
    };

    private static Caller Admin(HttpContext http, string rule)
    {
        Caller caller = CallerClaims.CallerOf(http);
        return caller.IsAdmin ? caller : throw ApiFaults.NotAuthorized(rule);
    }

    private static Dictionary<string, object?> Tree(AgentCollection agents, Agent agent, Topology topology, string? haState)
    {
        Dictionary<string, object?> tree = agents.Table.Attributes
            .Where(static a => a.Show is not null)
            .ToDictionary(static a => a.Name, a => a.Show!(agent, topology));
        tree["ha_state"] = haState;
        return tree;
    }
}
