using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Api.Listing;

/// <summary>
/// "networks_links" of a limited list. As in Neutron a full page always has both neighbours, which may turn out empty: clients
/// that walk the links count on it.
/// </summary>
internal static class PageLinks
{
    public static void Write<T>(Utf8JsonWriter json, HttpRequest request, string plural, ListQuery query, IReadOnlyList<T> page)
        where T : Resource
    {
        if (query.Limit == 0)
        {
            return;
        }

        bool isFull = page.Count >= query.Limit;
        json.WriteStartArray($"{plural}_links");
        if (isFull || query.PageReverse)
        {
            WriteLink(json, "next", Href(request, page.Count > 0 ? page[^1].Id : null, reverse: false));
        }

        if (isFull || !query.PageReverse)
        {
            WriteLink(json, "previous", Href(request, page.Count > 0 ? page[0].Id : null, reverse: true));
        }

        json.WriteEndArray();
    }

    private static void WriteLink(Utf8JsonWriter json, string relation, string href)
    {
        json.WriteStartObject();
        json.WriteString("rel", relation);
        json.WriteString("href", href);
        json.WriteEndObject();
    }

    private static string Href(HttpRequest request, Guid? marker, bool reverse)
    {
        StringBuilder href = new($"{request.Scheme}://{request.Host}{request.Path}?");
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in request.Query)
        {
            if (name is not ("marker" or "page_reverse"))
            {
                foreach (string? value in values)
                {
                    href.Append(UrlEncoder.Default.Encode(name)).Append('=').Append(UrlEncoder.Default.Encode(value ?? "")).Append('&');
                }
            }
        }

        if (marker is { } id)
        {
            href.Append("marker=").Append(id).Append('&');
        }

        if (reverse)
        {
            href.Append("page_reverse=True&");
        }

        return href.ToString(0, href.Length - 1);
    }
}
