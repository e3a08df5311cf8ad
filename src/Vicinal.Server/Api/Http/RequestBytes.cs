using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Vicinal.Server.Api.Bodies;

namespace Vicinal.Server.Api.Http;

/// <summary>Reads a request's body whole, within the server's size limit, as a <see cref="JsonTree"/>.</summary>
public static class RequestBytes
{
    /// <summary>The body's value; null for an empty body.</summary>
    public static async Task<object?> ReadJsonAsync(HttpContext http)
    {
        PipeReader body = http.Request.BodyReader;
        while (true)
        {
            ReadResult read = await body.ReadAsync(http.RequestAborted);
            if (!read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            byte[] bytes = read.Buffer.ToArray();
            body.AdvanceTo(read.Buffer.End);
            if (bytes.Length == 0)
            {
                return null;
            }

            RefuseOtherTypes(http.Request);
            return JsonTree.Parse(bytes);
        }
    }

    private static void RefuseOtherTypes(HttpRequest request)
    {
        if (!string.IsNullOrEmpty(request.ContentType) && !request.HasJsonContentType())
        {
            throw ApiFaults.NotJson();
        }
    }
}
