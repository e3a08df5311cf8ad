using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Vicinal.Model;
using Vicinal.Server.Api.Bodies;

namespace Vicinal.Server.Api.Http;

/// <summary>Writes answers. The body is made whole before the first byte leaves, so that a fault never follows a 200.</summary>
public static class Answer
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static async Task WriteAsync(HttpContext http, int status, Action<Utf8JsonWriter> body)
    {
        using PooledBody buffer = new();
        await using (Utf8JsonWriter json = new(buffer, s_options))
        {
            body(json);
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = buffer.Written.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.BodyWriter.WriteAsync(buffer.Written, http.RequestAborted);
        }
    }

    public static Task WriteAsync(HttpContext http, int status, object? tree) =>
        WriteAsync(http, status, json => JsonValues.Write(json, tree));

    public static Task WriteAsync(HttpContext http, NeutronFault fault) => WriteAsync(http, fault.Status, new Dictionary<string, object?>
    {
        ["NeutronError"] = new Dictionary<string, object?>
        {
            ["type"] = fault.Type,
            ["message"] = fault.Message,
            ["detail"] = "",
        },
    });
}
