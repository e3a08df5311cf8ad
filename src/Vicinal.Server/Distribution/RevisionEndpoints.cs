using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Vicinal.Server.Distribution;

/// <summary>
/// GET /vicinal/v1/revisions/{n}: on how many of the nodes concerned a revision is in force, and after how long. With ?wait=SECONDS the
/// answer comes when all have it, or after that time as it is then.
/// </summary>
public static class RevisionEndpoints
{
    /// <summary>A revision that was just written is compiled within this, or something is wrong.</summary>
    private static readonly TimeSpan s_compileTime = TimeSpan.FromSeconds(5);

    /// <summary>Whoever wants to wait longer asks again, and proxies in between do not give up.</summary>
    private const double LongestWait = 60;

    public static void MapRevisions(this IEndpointRouteBuilder routes, Distributor distributor) =>
        routes.MapGet("/vicinal/v1/revisions/{revision}", context => AnswerAsync(context, distributor));

    private static async Task AnswerAsync(HttpContext context, Distributor distributor)
    {
        string? text = context.Request.RouteValues["revision"] as string;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long revision))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "HTTPBadRequest", $"'{text}' is not a revision.");
            return;
        }

        if (revision <= distributor.Published)
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            limit.CancelAfter(s_compileTime);
            await distributor.WaitForAsync(revision, limit.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        string asked = context.Request.Query["wait"].ToString();
        double wait = 0;
        if (asked.Length > 0 && !(double.TryParse(asked, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out wait) && wait <= LongestWait))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "HTTPBadRequest", $"wait: '{asked}' is not a number of seconds up to {LongestWait}.");
            return;
        }

        await WaitAsync(distributor.Applied.WhenAppliedAsync(revision), TimeSpan.FromSeconds(wait), context.RequestAborted);
        if (distributor.Applied.Find(revision) is { } found)
        {
            RevisionProgress progress = found with { Away = [.. found.Pending.Where(host => !distributor.IsConnected(host))] };
            context.Response.ContentType = "application/json";
            await JsonSerializer.SerializeAsync(context.Response.Body, progress, RevisionJson.Default.RevisionProgress, context.RequestAborted);
            return;
        }

        await RefuseAsync(
            context,
            StatusCodes.Status404NotFound,
            "RevisionNotFound",
            $"Revision {revision} could not be found: only recent ones since the start of the server are remembered.");
    }

    private static async Task WaitAsync(Task applied, TimeSpan wait, CancellationToken aborted)
    {
        if (wait > TimeSpan.Zero && !applied.IsCompleted)
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            await Task.WhenAny(applied, Task.Delay(wait, limit.Token));
            await limit.CancelAsync();
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string type, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        RevisionRefusal refusal = new(new RevisionRefusalText(type, message, ""));
        return JsonSerializer.SerializeAsync(context.Response.Body, refusal, RevisionJson.Default.RevisionRefusal, context.RequestAborted);
    }
}

internal sealed record RevisionRefusalText(string Type, string Message, string Detail);

internal sealed record RevisionRefusal([property: JsonPropertyName("NeutronError")] RevisionRefusalText Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RevisionProgress))]
[JsonSerializable(typeof(RevisionRefusal))]
internal sealed partial class RevisionJson : JsonSerializerContext;
