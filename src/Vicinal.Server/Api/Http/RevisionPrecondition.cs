using System.Globalization;
using Microsoft.AspNetCore.Http;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Api.Http;

/// <summary>If-Match: revision_number=N, with which two people do not overwrite each other's change.</summary>
internal static class RevisionPrecondition
{
    private const string Key = "revision_number=";

    public static long? Of(HttpRequest request)
    {
        string condition = request.Headers.IfMatch.ToString();
        if (condition.Length == 0)
        {
            return null;
        }

        return condition.StartsWith(Key, StringComparison.Ordinal)
            && long.TryParse(condition.AsSpan(Key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long revision)
            ? revision
            : throw NeutronFault.BadRequest("The If-Match header must be revision_number=N");
    }

    public static void Check(long? expected, Resource resource)
    {
        if (expected is { } revision && revision != resource.RevisionNumber)
        {
            throw ApiFaults.RevisionMismatch();
        }
    }
}
