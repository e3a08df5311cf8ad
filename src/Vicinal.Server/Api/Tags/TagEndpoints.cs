using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Http;

namespace Vicinal.Server.Api.Tags;

/// <summary>Tags of a member: short words that users hang on their objects and find them by.</summary>
internal static class TagEndpoints
{
    public static void MapTags<T>(this IEndpointRouteBuilder routes, ResourceCollection<T> collection, ApiServices services)
        where T : Resource
    {
        string path = $"/v2.0/{collection.Path}/{{id}}/tags";
        routes.MapGet(path, http => Answer.WriteAsync(http, 200, Tree(Read(http, collection, services))));
        routes.MapPut(path, async http =>
        {
            Normalised given = TagTypes.List.Normalise((await RequestBytes.ReadJsonAsync(http) as Dictionary<string, object?>)?.GetValueOrDefault("tags"));
            if (given.IsRefused)
            {
                throw given.Fault ?? NeutronFault.InvalidInput($"{given.Reason}.");
            }

            ValueList<string> tags = ((List<string>)given.Value!).ToValueList();
            await Answer.WriteAsync(http, 200, Tree(await ChangeAsync(http, collection, services, _ => tags)));
        });
        routes.MapDelete(path, async http =>
        {
            await ChangeAsync(http, collection, services, static _ => default);
            http.Response.StatusCode = 204;
        });
        MapSingle(routes, $"{path}/{{tag}}", collection, services);
    }

    private static void MapSingle<T>(IEndpointRouteBuilder routes, string path, ResourceCollection<T> collection, ApiServices services)
        where T : Resource
    {
        routes.MapGet(path, (HttpContext http) =>
        {
            RefuseMissing(Read(http, collection, services), TagOf(http));
            http.Response.StatusCode = 204;
        });
        routes.MapPut(path, async http =>
        {
            string tag = TagOf(http);
            await ChangeAsync(http, collection, services, tags => tags.Contains(tag) ? tags : [.. tags, tag]);
            http.Response.StatusCode = 201;
        });
        routes.MapDelete(path, async http =>
        {
            string tag = TagOf(http);
            await ChangeAsync(http, collection, services, tags =>
            {
                RefuseMissing(tags, tag);
                return tags.Where(t => t != tag).ToValueList();
            });
            http.Response.StatusCode = 204;
        });
    }

    private static ValueList<string> Read<T>(HttpContext http, ResourceCollection<T> collection, ApiServices services)
        where T : Resource =>
        Find(http, collection, CollectionEndpoints.AuthorisedCaller(http, collection), services.Writer.Current).Tags;

    private static async Task<ValueList<string>> ChangeAsync<T>(
        HttpContext http, ResourceCollection<T> collection, ApiServices services, Func<ValueList<string>, ValueList<string>> change)
        where T : Resource
    {
        Caller caller = CollectionEndpoints.AuthorisedCaller(http, collection);
        return (await services.Writer.WriteAsync(
            edit =>
            {
                T resource = Find(http, collection, caller, edit.Current);
                if (!collection.MayUpdate(resource, caller, edit.Current))
                {
                    throw ApiFaults.NotAuthorized($"update_{collection.Plural}_tags");
                }

                ValueList<string> tags = change(resource.Tags);
                return tags.Count <= TagTypes.Most
                    ? edit.Put((T)((Resource)resource with { Tags = tags })).Tags
                    : throw NeutronFault.InvalidInput($"a resource has at most {TagTypes.Most} tags.");
            },
            http.RequestAborted)).Value;
    }

    private static T Find<T>(HttpContext http, ResourceCollection<T> collection, Caller caller, Topology topology)
        where T : Resource
    {
        try
        {
            return CollectionEndpoints.Find(collection, http, caller, topology);
        }
        catch (NeutronFault fault) when (fault.Status == StatusCodes.Status404NotFound)
        {
            throw new NeutronFault(404, "TagResourceNotFound", $"Resource {collection.Plural} {http.Request.RouteValues["id"]} could not be found.");
        }
    }

    private static string TagOf(HttpContext http)
    {
        string tag = (string)http.Request.RouteValues["tag"]!;
        return TagTypes.Tag.Normalise(tag).Reason is { } reason ? throw NeutronFault.InvalidInput($"{reason}.") : tag;
    }

    private static void RefuseMissing(ValueList<string> tags, string tag)
    {
        if (!tags.Contains(tag))
        {
            throw new NeutronFault(404, "TagNotFound", $"Tag {tag} could not be found.");
        }
    }

    private static Dictionary<string, object?> Tree(ValueList<string> tags) => new() { ["tags"] = tags };
}
