using System.Text;
using Microsoft.AspNetCore.Http;

namespace Vicinal.Agent.Metadata;

/// <summary>
/// Answers without Nova, for labs: what the node knows of the instance, and keys and user data from files. In OpenStack's form and in EC2's, as far as
/// cloud-init asks.
/// </summary>
internal sealed class BuiltInMetadata(InstanceFiles files) : IMetadataSource
{
    private static readonly string[] s_openStackVersions = ["2018-08-27", "latest"];
    private static readonly string[] s_ec2Versions = ["2009-04-04", "latest"];

    public async Task AnswerAsync(HttpContext context, Requester requester)
    {
        string[] path = (context.Request.Path.Value ?? "/").Split('/', StringSplitOptions.RemoveEmptyEntries);
        Document? answer = context.Request.Method is "GET" or "HEAD" ? await FindAsync(path, requester, context.RequestAborted) : null;
        if (answer is null)
        {
            await MetadataText.FailAsync(context, StatusCodes.Status404NotFound, "There is no such metadata.");
            return;
        }

        context.Response.ContentType = answer.Type;
        context.Response.ContentLength = answer.Body.Length;
        if (context.Request.Method == "GET")
        {
            await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
        }
    }

    private async Task<Document?> FindAsync(string[] path, Requester requester, CancellationToken cancellation) => path switch
    {
        [] => List(["openstack", .. s_ec2Versions]),
        ["openstack"] => List(s_openStackVersions),
        ["openstack", { } version, .. string[] rest] when s_openStackVersions.Contains(version) => await FindOpenStackAsync(rest, requester, cancellation),
        [{ } version, .. string[] rest] when s_ec2Versions.Contains(version) => await FindEc2Async(rest, requester, cancellation),
        _ => null,
    };

    private async Task<Document?> FindOpenStackAsync(string[] path, Requester requester, CancellationToken cancellation) => path switch
    {
        [] => List(["meta_data.json", "network_data.json", "user_data", "vendor_data.json", "vendor_data2.json"]),
        ["meta_data.json"] => Json(OpenStackDocuments.MetaData(requester, await files.ReadKeysAsync(requester.InstanceId, cancellation))),
        ["network_data.json"] => Json(OpenStackDocuments.NetworkData(requester)),
        ["user_data"] => Bytes(await files.ReadUserDataAsync(requester.InstanceId, cancellation)),
        ["vendor_data.json" or "vendor_data2.json"] => Json([]),
        _ => null,
    };

    private async Task<Document?> FindEc2Async(string[] path, Requester requester, CancellationToken cancellation) => path switch
    {
        [] => List(["meta-data", "user-data"]),
        ["user-data"] => Bytes(await files.ReadUserDataAsync(requester.InstanceId, cancellation)),
        ["meta-data", .. string[] rest] => Ec2Documents.Find(rest, requester, await files.ReadKeysAsync(requester.InstanceId, cancellation)) is { } text ? Text(text) : null,
        _ => null,
    };

    private static Document List(IEnumerable<string> names) => Text(string.Join('\n', names));

    private static Document Text(string text) => new("text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    private static Document Json(System.Text.Json.Nodes.JsonObject json) => new("application/json", Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static Document? Bytes(byte[]? bytes) => bytes is null ? null : new Document("application/octet-stream", bytes);

    private sealed record Document(string Type, byte[] Body);
}
