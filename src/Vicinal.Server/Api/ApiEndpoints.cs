using Microsoft.AspNetCore.Routing;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Agents;
using Vicinal.Server.Api.Discovery;
using Vicinal.Server.Api.FloatingIps;
using Vicinal.Server.Api.Networks;
using Vicinal.Server.Api.Ports;
using Vicinal.Server.Api.Routers;
using Vicinal.Server.Api.SecurityGroups;
using Vicinal.Server.Api.Subnets;
using Vicinal.Server.Api.Tags;

namespace Vicinal.Server.Api;

/// <summary>Everything under /v2.0: each collection of the API is named here once.</summary>
public static class ApiEndpoints
{
    public static void MapNeutronApi(this IEndpointRouteBuilder routes, ApiServices services)
    {
        List<CollectionName> names = [];
        routes.MapDiscovery(names, services.Settings);
        NetworkCollection networks = new(services);
        Map(networks);
        Map(new SubnetCollection(services));
        Map(new PortCollection(services));
        RouterCollection routers = new(services);
        AgentCollection agents = new(services);
        Map(routers);
        routes.MapRouterActions(routers, services);
        Map(new FloatingIpCollection(services));
        Map(agents);
        routes.MapL3AgentScheduler(routers, agents, services);
        routes.MapDhcpAgentScheduler(networks, agents, services);
        names.Add(routes.MapAvailabilityZones(services));
        Map(new SecurityGroupCollection(services));
        Map(new SecurityGroupRuleCollection(services));

        void Map<T>(ResourceCollection<T> collection)
            where T : Resource
        {
            names.Add(new CollectionName(collection.Singular, collection.Plural, collection.Path));
            routes.MapCollection(collection, services);
            if (collection.Table.Find("tags") is not null)
            {
                routes.MapTags(collection, services);
            }
        }
    }
}
