using Microsoft.AspNetCore.Http;

namespace Vicinal.Agent.Metadata;

/// <summary>Answers in plain words.</summary>
internal static class MetadataText
{
    public static Task WriteAsync(HttpContext context, int status, string text, string contentType = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>An answer that has begun can only be cut off, so that nobody takes a part for the whole.</summary>
    public static Task FailAsync(HttpContext context, int status, string text)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Headers.Clear();
        return WriteAsync(context, status, text + "\n");
    }
}
