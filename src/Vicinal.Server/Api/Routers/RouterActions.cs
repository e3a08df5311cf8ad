using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;
using Vicinal.Server.Api.Subnets;

namespace Vicinal.Server.Api.Routers;

/// <summary>PUT /routers/{id}/ACTION: interfaces come and go, and single routes.</summary>
internal static class RouterActions
{
    public static void MapRouterActions(this IEndpointRouteBuilder routes, RouterCollection routers, ApiServices services)
    {
        routes.MapMemberAction(routers, services, "add_router_interface", (edit, router, body, caller) =>
            RouterView.Interface(RouterInterfaces.Add(edit, router.Id, InterfaceOf(body), services.Settings, caller)));
        routes.MapMemberAction(routers, services, "remove_router_interface", (edit, router, body, _) =>
            RouterView.Interface(RouterInterfaces.Remove(edit, router.Id, InterfaceOf(body), services.Settings)));
        MapRoutes("add_extraroutes", static (old, given) => [.. old, .. given.Except(old)]);
        MapRoutes("remove_extraroutes", static (old, given) => [.. old.Except(given)]);

        void MapRoutes(string action, Func<ValueList<HostRoute>, IReadOnlyList<HostRoute>, ValueList<HostRoute>> change) =>
            routes.MapMemberAction(routers, services, action, (edit, router, body, caller) =>
            {
                RouterRequest request = new() { Routes = change(router.Routes, RoutesOf(body)) };
                Router changed = RouterRules.Update(edit, router.Id, request, services.Settings);
                return new Dictionary<string, object?> { ["router"] = Tree(routers, edit.Current.Routers[changed.Id], edit.Current, caller) };
            });
    }

    /// <summary>Neutron does not mind other keys; what is there must be an id, null included.</summary>
    private static InterfaceRequest InterfaceOf(IReadOnlyDictionary<string, object?> body) => new(IdOf(body, "subnet_id"), IdOf(body, "port_id"));

    private static Guid? IdOf(IReadOnlyDictionary<string, object?> body, string key)
    {
        if (!body.TryGetValue(key, out object? raw))
        {
            return null;
        }

        Normalised id = AttributeTypes.Uuid.Normalise(raw);
        return id.Reason is { } reason ? throw RouterFaults.Bad(reason) : (Guid)id.Value!;
    }

    private static IReadOnlyList<HostRoute> RoutesOf(IReadOnlyDictionary<string, object?> body)
    {
        Dictionary<string, object?> router = RequestBody.Unwrap("router", body);
        if (!router.TryGetValue("routes", out object? raw))
        {
            throw NeutronFault.BadRequest("Invalid input for routes. Reason: it is not given.");
        }

        Normalised routes = SubnetTypes.HostRoutes.Normalise(raw);
        return routes.Reason is { } reason
            ? throw NeutronFault.BadRequest($"Invalid input for routes. Reason: {reason}.")
            : (IReadOnlyList<HostRoute>)routes.Value!;
    }

    private static Dictionary<string, object?> Tree(RouterCollection routers, Router router, Topology topology, Caller caller) =>
        routers.Table.Attributes
            .Where(a => a.Show is not null && (caller.IsAdmin || !a.AdminReads))
            .ToDictionary(static a => a.Name, a => a.Show!(router, topology));
}
