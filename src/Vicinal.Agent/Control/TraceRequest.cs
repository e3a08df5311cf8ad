using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Vicinal.Datapath;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Control;

/// <summary>
/// POST /trace: the walk of one frame. The query names where it comes in (port=ID, tunnel=ADDRESS or physical=NETWORK); the body
/// is the frame, in a tunnel from its Geneve header on.
/// </summary>
internal static class TraceRequest
{
    private const int LargestFrame = 65_536;

    public static async Task<JsonNode?> AnswerAsync(HttpContext context, DataPath dataPath)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        byte[] frame = body.ToArray();
        if (frame.Length is < 14 or > LargestFrame)
        {
            return new JsonObject { ["error"] = $"the body is to be a frame of 14 to {LargestFrame} bytes" };
        }

        IQueryCollection query = context.Request.Query;
        TraceResult? result = await dataPath.Ask(() => Walk(dataPath, query, frame));
        return result is null
            ? new JsonObject { ["error"] = "no such port, tunnel or physical network on this node" }
            : Render(result);
    }

    private static TraceResult? Walk(DataPath dataPath, IQueryCollection query, byte[] frame)
    {
        if (Guid.TryParse(query["port"], out Guid port))
        {
            return dataPath.TraceFromPort(port, frame);
        }

        if (IpAddress.TryParse((string?)query["tunnel"], out IpAddress remote))
        {
            return dataPath.Node.Trace(PacketSource.Tunnel(remote, 0), frame, DataPathThread.Now);
        }

        return (string?)query["physical"] is { } name && dataPath.PhysicalIndex(name) is { } index
            ? dataPath.Node.Trace(PacketSource.Physical(index), frame, DataPathThread.Now)
            : null;
    }

    private static JsonObject Render(TraceResult result) => new()
    {
        ["steps"] = new JsonArray([.. result.Steps.Select(step => (JsonNode)new JsonObject
        {
            ["stage"] = step.Stage.ToString(),
            ["what"] = step.What,
            ["origin"] = step.Origin.ToString(),
            ["before"] = step.Before,
            ["after"] = step.After,
        })]),
        ["disposition"] = result.Disposition.ToString(),
        ["drop_reason"] = result.DropReason == DropReason.None ? null : result.DropReason.ToString(),
        ["outputs"] = new JsonArray([.. result.Outputs.Select(output => (JsonNode)new JsonObject
        {
            ["kind"] = output.Kind.ToString(),
            ["port"] = output.Kind == OutputKind.Port ? output.Port.ToString() : null,
            ["physical"] = output.Kind is OutputKind.Physical or OutputKind.Host ? output.Index : null,
            ["remote"] = output.Kind == OutputKind.Tunnel ? output.Remote.ToString() : null,
            ["frame"] = Convert.ToBase64String(output.Bytes.Span),
        })]),
    };
}
