using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Http;

namespace Vicinal.Server.Api.Discovery;

/// <summary>What a client reads before anything else: versions, collections and extensions.</summary>
internal static class DiscoveryEndpoints
{
    public static void MapDiscovery(this IEndpointRouteBuilder routes, IReadOnlyList<CollectionName> collections, CloudSettings settings)
    {
        IReadOnlyList<Extension> extensions = Extensions.Of(settings);
        routes.MapGet("/", http => Answer.WriteAsync(http, 200, Tree("versions", new[] { Version(http.Request) })));
        routes.MapGet("/v2.0/", http => Answer.WriteAsync(http, 200, Resources(http.Request, collections)));
        routes.MapGet("/v2.0/extensions", http =>
            Answer.WriteAsync(http, 200, Tree("extensions", extensions.Select(Describe).ToList())));
        routes.MapGet("/v2.0/extensions/{alias}", http =>
        {
            string alias = (string)http.Request.RouteValues["alias"]!;
            Extension extension = extensions.FirstOrDefault(e => e.Alias == alias)
                ?? throw new NeutronFault(404, "ExtensionNotFound", $"Extension with alias {alias} does not exist");
            return Answer.WriteAsync(http, 200, Tree("extension", Describe(extension)));
        });
    }

    /// <summary>As in Neutron the list of collections is at /v2.0/ only; without the slash there is nothing.</summary>
    private static Dictionary<string, object?> Resources(HttpRequest request, IReadOnlyList<CollectionName> collections) =>
        request.Path.Value!.EndsWith('/')
            ? Tree("resources", collections.Select(c => Resource(request, c)).ToList())
            : throw ApiFaults.UnknownPath();

    private static Dictionary<string, object?> Version(HttpRequest request) => new()
    {
        ["id"] = "v2.0",
        ["status"] = "CURRENT",
        ["links"] = SelfLink($"{Base(request)}/v2.0/"),
    };

    private static Dictionary<string, object?> Resource(HttpRequest request, CollectionName collection) => new()
    {
        ["name"] = collection.Singular,
        ["collection"] = collection.Plural,
        ["links"] = SelfLink($"{Base(request)}/v2.0/{collection.Path}"),
    };

    private static Dictionary<string, object?> Describe(Extension extension) => new()
    {
        ["alias"] = extension.Alias,
        ["name"] = extension.Name,
        ["description"] = extension.Description,
        ["updated"] = "2026-01-01T00:00:00-00:00",
        ["links"] = Array.Empty<object>(),
    };

    private static Dictionary<string, object?>[] SelfLink(string href) =>
        [new() { ["rel"] = "self", ["href"] = href }];

    private static string Base(HttpRequest request) => $"{request.Scheme}://{request.Host}";

    private static Dictionary<string, object?> Tree(string name, object? value) => new() { [name] = value };
}
