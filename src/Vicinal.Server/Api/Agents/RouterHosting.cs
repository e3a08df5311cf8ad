using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Bodies;
using Vicinal.Server.Api.Http;
using Vicinal.Server.Api.Listing;
using Vicinal.Server.Api.Routers;

namespace Vicinal.Server.Api.Agents;

/// <summary>
/// Which node does what for which router: GET /routers/{id}/l3-agents and GET /agents/{id}/l3-routers. A distributed router is
/// wherever its subnets have ports; besides, its gateway's nodes are on the list, the one that serves it first.
/// </summary>
internal static class RouterHosting
{
    public static void MapRouterHosting(
        this IEndpointRouteBuilder routes, RouterCollection routers, AgentCollection agents, ApiServices services)
    {
        routes.MapGet("/v2.0/routers/{id}/l3-agents", http =>
        {
            Caller caller = CollectionEndpoints.AuthorisedCaller(http, agents);
            Topology topology = services.Writer.Current;
            Router router = CollectionEndpoints.Find(routers, http, caller, topology);
            return Answer.WriteAsync(http, 200, new Dictionary<string, object?>
            {
                ["agents"] = AgentsOf(topology, router).Select(host => Tree(agents, host.Agent, topology, ("ha_state", host.State))).ToArray(),
            });
        });
        routes.MapGet("/v2.0/agents/{id}/l3-routers", http =>
        {
            Caller caller = CollectionEndpoints.AuthorisedCaller(http, agents);
            Topology topology = services.Writer.Current;
            Agent agent = CollectionEndpoints.Find(agents, http, caller, topology);
            return Answer.WriteAsync(http, 200, json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("routers");
                ResourceWriter<Router> writer = new(routers.Table, caller, ListQueryParser.AllFields);
                foreach (Router router in RoutersOn(topology, agent))
                {
                    writer.Write(json, router, topology);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            });
        });
    }

    private static IEnumerable<(Agent Agent, string? State)> AgentsOf(Topology topology, Router router)
    {
        HashSet<string> told = [];
        foreach (GatewayBinding binding in router.GatewayBindings.AsEnumerable())
        {
            string state = told.Count == 0 ? "active" : "standby";
            if (topology.AgentOn(binding.Host) is { } agent && told.Add(binding.Host))
            {
                yield return (agent, state);
            }
        }

        if (!router.Distributed)
        {
            yield break;
        }

        IEnumerable<string> hosts = RouterPorts.Interfaces(topology, router.Id)
            .SelectMany(port => topology.PortsByNetwork[port.NetworkId])
            .Select(id => topology.Ports[id].BindingHostId)
            .Where(host => host.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        foreach (string host in hosts)
        {
            if (topology.AgentOn(host) is { } agent && told.Add(host))
            {
                yield return (agent, null);
            }
        }
    }

    private static IEnumerable<Router> RoutersOn(Topology topology, Agent agent)
    {
        IEnumerable<Guid> served = topology.PortsByHost[agent.Host]
            .Select(id => topology.Ports[id].NetworkId)
            .Distinct()
            .SelectMany(network => topology.SubnetsByNetwork[network])
            .SelectMany(subnet => topology.RouterPortsBySubnet[subnet])
            .Select(port => Guid.Parse(topology.Ports[port].DeviceId))
            .Where(id => topology.Routers[id].Distributed);
        return topology.RoutersByGatewayHost[agent.Host].Union(served).Order().Select(id => topology.Routers[id]);
    }

    private static Dictionary<string, object?> Tree(AgentCollection agents, Agent agent, Topology topology, (string Name, object? Value) more)
    {
        Dictionary<string, object?> tree = agents.Table.Attributes
            .Where(static a => a.Show is not null)
            .ToDictionary(static a => a.Name, a => a.Show!(agent, topology));
        tree[more.Name] = more.Value;
        return tree;
    }
}
