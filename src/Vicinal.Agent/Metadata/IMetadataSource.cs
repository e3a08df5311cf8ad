using Microsoft.AspNetCore.Http;

namespace Vicinal.Agent.Metadata;

/// <summary>Where the answers to instances' questions about themselves come from.</summary>
internal interface IMetadataSource
{
    Task AnswerAsync(HttpContext context, Requester requester);
}
