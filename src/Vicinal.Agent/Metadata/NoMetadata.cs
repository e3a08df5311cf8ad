using Microsoft.AspNetCore.Http;

namespace Vicinal.Agent.Metadata;

/// <summary>Of an agent that was told of no source.</summary>
internal sealed class NoMetadata : IMetadataSource
{
    public Task AnswerAsync(HttpContext context, Requester requester) =>
        MetadataText.FailAsync(context, StatusCodes.Status404NotFound, "This node was not told where metadata comes from (--metadata-url).");
}
