using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;
using Vicinal.Server.Api.Http;
using Vicinal.Server.Api.Listing;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Api;

/// <summary>The paths of a collection and what each does.</summary>
public static class CollectionEndpoints
{
    private const string Root = "/v2.0/";

    public static void MapCollection<T>(this IEndpointRouteBuilder routes, ResourceCollection<T> collection, ApiServices services)
        where T : Resource
    {
        string path = Root + collection.Path;
        routes.MapGet(path, http => ListAsync(http, collection, services));
        routes.MapGet($"{path}/{{id}}", http => ShowAsync(http, collection, services));
        routes.MapPut($"{path}/{{id}}", http => UpdateAsync(http, collection, services));
        routes.MapDelete($"{path}/{{id}}", http => DeleteAsync(http, collection, services));

        // Neutron takes a DELETE without an id for one with the id None.
        routes.MapDelete(path, (HttpContext _) => throw collection.NotFound("None"));
        if (collection.CanCreate)
        {
            routes.MapPost(path, http => CreateAsync(http, collection, services));
        }
    }

    /// <summary>
    /// PUT on a member's sub-path, such as routers/{id}/add_router_interface: the body has no root key. The action runs on the
    /// writer's thread and returns the answer as a tree (see <see cref="JsonValues"/>).
    /// </summary>
    public static void MapMemberAction<T>(
        this IEndpointRouteBuilder routes,
        ResourceCollection<T> collection,
        ApiServices services,
        string action,
        Func<TopologyEdit, T, IReadOnlyDictionary<string, object?>, Caller, object?> run)
        where T : Resource =>
        routes.MapPut($"{Root}{collection.Path}/{{id}}/{action}", async http =>
        {
            Caller caller = AuthorisedCaller(http, collection);
            IReadOnlyDictionary<string, object?> body = await RequestBytes.ReadJsonAsync(http) as Dictionary<string, object?>
                ?? throw NeutronFault.BadRequest("Body contains invalid data");
            Written<object?> written = await services.Writer.WriteAsync(
                edit =>
                {
                    T resource = Find(collection, http, caller, edit.Current);
                    RefuseUnless(collection.MayUpdate(resource, caller, edit.Current), $"{action}");
                    return run(edit, resource, body, caller);
                },
                http.RequestAborted);
            TellRevision(http, written.Revision);
            await Answer.WriteAsync(http, 200, written.Value);
        });

    private static async Task ListAsync<T>(HttpContext http, ResourceCollection<T> collection, ApiServices services)
        where T : Resource
    {
        Caller caller = AuthorisedCaller(http, collection);
        ListQuery query = ListQueryParser.Parse(http.Request.Query, collection.Table, caller);
        await collection.BeforeListAsync(caller, query, http.RequestAborted);
        Topology topology = services.Writer.Current;
        IReadOnlyList<T> page = ListPage.Select(collection, topology, query, caller);
        await Answer.WriteAsync(http, 200, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray(collection.Plural);
            ResourceWriter<T> writer = new(collection.Table, caller, query.Fields);
            foreach (T resource in page)
            {
                writer.Write(json, resource, topology);
            }

            json.WriteEndArray();
            PageLinks.Write(json, http.Request, collection.Plural, query, page);
            json.WriteEndObject();
        });
    }

    private static async Task ShowAsync<T>(HttpContext http, ResourceCollection<T> collection, ApiServices services)
        where T : Resource
    {
        Caller caller = AuthorisedCaller(http, collection);
        Topology topology = services.Writer.Current;
        T resource = Find(collection, http, caller, topology);
        IReadOnlySet<string> fields = ListQueryParser.ParseFields(http.Request.Query);
        await Answer.WriteAsync(http, 200, json => WriteOne(json, collection, caller, fields, resource, topology));
    }

    private static async Task CreateAsync<T>(HttpContext http, ResourceCollection<T> collection, ApiServices services)
        where T : Resource
    {
        Caller caller = AuthorisedCaller(http, collection);
        (IReadOnlyList<AttributeValues> items, bool isBulk) =
            RequestBody.ParsePost(collection, await RequestBytes.ReadJsonAsync(http), caller);
        Written<(List<Guid> Made, Topology After)> written = await services.Writer.WriteAsync(
            edit => (collection.CreateAll(edit, items, caller).Select(made => made.Id).ToList(), edit.Current), http.RequestAborted);
        TellRevision(http, written.Revision);
        (List<Guid> made, Topology after) = written.Value;
        IReadOnlyDictionary<Guid, T> table = collection.All(after);
        await Answer.WriteAsync(http, 201, json =>
        {
            if (!isBulk)
            {
                WriteOne(json, collection, caller, ListQueryParser.AllFields, table[made[0]], after);
                return;
            }

            json.WriteStartObject();
            json.WriteStartArray(collection.Plural);
            ResourceWriter<T> writer = new(collection.Table, caller, ListQueryParser.AllFields);
            made.ForEach(id => writer.Write(json, table[id], after));
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static async Task UpdateAsync<T>(HttpContext http, ResourceCollection<T> collection, ApiServices services)
        where T : Resource
    {
        Caller caller = AuthorisedCaller(http, collection);
        long? expected = RevisionPrecondition.Of(http.Request);
        AttributeValues values = RequestBody.ParsePut(collection, await RequestBytes.ReadJsonAsync(http), caller);
        Written<(T Resource, Topology After)> written = await services.Writer.WriteAsync(
            edit =>
            {
                T resource = Find(collection, http, caller, edit.Current);
                RefuseUnless(collection.MayUpdate(resource, caller, edit.Current), $"update_{collection.Singular}");
                RevisionPrecondition.Check(expected, resource);
                Guid id = collection.Update(edit, resource, values, caller).Id;
                return (collection.All(edit.Current)[id], edit.Current);
            },
            http.RequestAborted);
        TellRevision(http, written.Revision);
        (T updated, Topology after) = written.Value;
        await Answer.WriteAsync(http, 200, json => WriteOne(json, collection, caller, ListQueryParser.AllFields, updated, after));
    }

    private static async Task DeleteAsync<T>(HttpContext http, ResourceCollection<T> collection, ApiServices services)
        where T : Resource
    {
        Caller caller = AuthorisedCaller(http, collection);
        long? expected = RevisionPrecondition.Of(http.Request);
        Written<bool> written = await services.Writer.WriteAsync(
            edit =>
            {
                T resource = Find(collection, http, caller, edit.Current);
                RefuseUnless(collection.MayDelete(resource, caller, edit.Current), $"delete_{collection.Singular}");
                RevisionPrecondition.Check(expected, resource);
                collection.Delete(edit, resource, caller);
                return true;
            },
            http.RequestAborted);
        TellRevision(http, written.Revision);
        http.Response.StatusCode = 204;
    }

    /// <summary>The member that the path names, if it is there for this caller.</summary>
    public static T Find<T>(ResourceCollection<T> collection, HttpContext http, Caller caller, Topology topology)
        where T : Resource
    {
        string text = (string)http.Request.RouteValues["id"]!;
        return Guid.TryParseExact(text, "D", out Guid id)
            && collection.All(topology).TryGetValue(id, out T? resource)
            && collection.IsVisible(resource, caller, topology)
            ? resource
            : throw collection.NotFound(text);
    }

    public static Caller AuthorisedCaller<T>(HttpContext http, ResourceCollection<T> collection)
        where T : Resource
    {
        Caller caller = CallerClaims.CallerOf(http);
        RefuseUnless(caller.IsAdmin || !collection.AdminOnly, $"get_{collection.Singular}");
        return caller;
    }

    private static void RefuseUnless(bool allowed, string rule)
    {
        if (!allowed)
        {
            throw ApiFaults.NotAuthorized(rule);
        }
    }

    private static void WriteOne<T>(
        Utf8JsonWriter json, ResourceCollection<T> collection, Caller caller, IReadOnlySet<string> fields, T resource, Topology topology)
        where T : Resource
    {
        json.WriteStartObject();
        json.WritePropertyName(collection.Singular);
        new ResourceWriter<T>(collection.Table, caller, fields).Write(json, resource, topology);
        json.WriteEndObject();
    }

    /// <summary>With it a client can ask on how many nodes its change is applied.</summary>
    internal static void TellRevision(HttpContext http, long revision) => http.Response.Headers["X-Vicinal-Revision"] = revision.ToString();
}
