using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Bodies;
using Vicinal.Server.Api.Http;
using Vicinal.Server.Api.Listing;
using Vicinal.Server.Api.Networks;

namespace Vicinal.Server.Api.Agents;

/// <summary>
/// The dhcp_agent_scheduler extension. Nothing is scheduled: each node answers for its own ports, so what is told follows from where ports are, and
/// changes by hand are refused.
/// </summary>
internal static class DhcpAgentScheduler
{
    public static void MapDhcpAgentScheduler(
        this IEndpointRouteBuilder routes, NetworkCollection networks, AgentCollection agents, ApiServices services)
    {
        routes.MapGet("/v2.0/networks/{id}/dhcp-agents", http =>
        {
            Caller caller = Admin(http, "get_dhcp-agents");
            Topology topology = services.Writer.Current;
            Network network = CollectionEndpoints.Find(networks, http, caller, topology);
            return WriteAsync(http, "agents", agents.Table, AgentsOf(topology, network), caller, topology);
        });
        routes.MapGet("/v2.0/agents/{id}/dhcp-networks", http =>
        {
            Caller caller = Admin(http, "get_dhcp-networks");
            Topology topology = services.Writer.Current;
            Agent agent = CollectionEndpoints.Find(agents, http, caller, topology);
            return WriteAsync(http, "networks", networks.Table, NetworksOn(topology, agent), caller, topology);
        });
        routes.MapPost("/v2.0/agents/{id}/dhcp-networks", Task (HttpContext http) => Refuse(http, "create_dhcp-network", agents, services));
        routes.MapDelete("/v2.0/agents/{id}/dhcp-networks/{network}", Task (HttpContext http) => Refuse(http, "delete_dhcp-network", agents, services));
    }

    /// <summary>Where the network has ports, if any of its subnets has DHCP.</summary>
    private static IEnumerable<Agent> AgentsOf(Topology topology, Network network) => !HasDhcp(topology, network.Id)
        ? []
        : topology.PortsByNetwork[network.Id]
            .Select(id => topology.Ports[id].BindingHostId)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(topology.AgentOn)
            .OfType<Agent>();

    private static IEnumerable<Network> NetworksOn(Topology topology, Agent agent) => topology.PortsByHost[agent.Host]
        .Select(id => topology.Ports[id].NetworkId)
        .Distinct()
        .Where(id => HasDhcp(topology, id))
        .Order()
        .Select(id => topology.Networks[id]);

    private static bool HasDhcp(Topology topology, Guid network) => topology.SubnetsByNetwork[network].Any(id => topology.Subnets[id].EnableDhcp);

    private static Task Refuse(HttpContext http, string rule, AgentCollection agents, ApiServices services)
    {
        Agent agent = CollectionEndpoints.Find(agents, http, Admin(http, rule), services.Writer.Current);
        throw AgentSchedulerFaults.DhcpIsEverywhere(agent.Id);
    }

    private static Caller Admin(HttpContext http, string rule)
    {
        Caller caller = CallerClaims.CallerOf(http);
        return caller.IsAdmin ? caller : throw ApiFaults.NotAuthorized(rule);
    }

    private static Task WriteAsync<T>(
        HttpContext http, string name, Attributes.AttributeTable<T> table, IEnumerable<T> resources, Caller caller, Topology topology)
        where T : Resource => Answer.WriteAsync(http, 200, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray(name);
        ResourceWriter<T> writer = new(table, caller, ListQueryParser.AllFields);
        foreach (T resource in resources)
        {
            writer.Write(json, resource, topology);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
