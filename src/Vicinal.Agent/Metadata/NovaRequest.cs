using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Vicinal.Agent.Metadata;

/// <summary>
/// Makes of an instance's request the one that Nova gets. Who asks is written anew from the rows. Of the instance's own headers only those go along that
/// say how it wants to be answered: a list of what is dangerous would lack the next one, and spellings that a server takes for the same.
/// </summary>
internal static class NovaRequest
{
    private static readonly FrozenSet<string> s_passed = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "Accept", "Accept-Encoding", "Accept-Language", "If-Modified-Since", "If-None-Match", "User-Agent");

    public static HttpRequestMessage Make(HttpRequest asked, Requester requester, Uri nova, ReadOnlySpan<byte> secret)
    {
        Uri target = new(nova.GetLeftPart(UriPartial.Authority) + nova.AbsolutePath.TrimEnd('/') + asked.Path.ToUriComponent() + asked.QueryString.ToUriComponent());
        HttpRequestMessage request = new(new HttpMethod(asked.Method), target);
        if (asked.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            request.Content = new StreamContent(asked.Body);
            Add(request.Content.Headers.TryAddWithoutValidation, asked.Headers, "Content-Type");
            Add(request.Content.Headers.TryAddWithoutValidation, asked.Headers, "Content-Length");
        }

        foreach (string name in s_passed)
        {
            Add(request.Headers.TryAddWithoutValidation, asked.Headers, name);
        }

        request.Headers.Add("X-Forwarded-For", requester.Address.ToString());
        request.Headers.Add("X-Instance-ID", requester.InstanceId);
        request.Headers.Add("X-Tenant-ID", requester.ProjectId);
        request.Headers.Add("X-Project-ID", requester.ProjectId);
        request.Headers.Add("X-Instance-ID-Signature", InstanceSignature.Of(requester.InstanceId, secret));
        return request;
    }

    private static void Add(Func<string, IEnumerable<string?>, bool> add, IHeaderDictionary headers, string name)
    {
        if (headers.TryGetValue(name, out StringValues values))
        {
            _ = add(name, values);
        }
    }
}
