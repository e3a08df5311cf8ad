using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Vicinal.Model;

namespace Vicinal.Server.Api.Http;

/// <summary>
/// The outermost step: gives every answer its request id and turns every refusal, from here or from the framework, into a
/// NeutronError. Whatever ends as a 500 is a bug of the server and is logged as one.
/// </summary>
internal sealed class FaultAnswers(RequestDelegate next, ILogger<FaultAnswers> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        string requestId = $"req-{Guid.NewGuid()}";
        http.Response.Headers["X-Openstack-Request-Id"] = requestId;
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (NeutronFault fault)
        {
            await AnswerAsync(http, fault);
            return;
        }
        catch (BadHttpRequestException bad)
        {
            await AnswerAsync(http, bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? ApiFaults.TooLarge()
                : NeutronFault.BadRequest("The request is malformed."));
            return;
        }
        catch (Exception bug)
        {
            log.LogError(bug, "{RequestId}: {Method} {Path} failed", requestId, http.Request.Method, http.Request.Path);
            await AnswerAsync(http, ApiFaults.Internal());
            return;
        }

        if (FrameworkRefusal(http.Response) is { } refusal)
        {
            await AnswerAsync(http, refusal);
        }
    }

    /// <summary>Routing answers unknown paths and methods with a bare status.</summary>
    private static NeutronFault? FrameworkRefusal(HttpResponse response) => response.HasStarted || response.ContentLength is not null
        ? null
        : response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ApiFaults.UnknownPath(),
            StatusCodes.Status405MethodNotAllowed => ApiFaults.WrongMethod(),
            _ => null,
        };

    private static Task AnswerAsync(HttpContext http, NeutronFault fault) =>
        http.Response.HasStarted ? Task.CompletedTask : Answer.WriteAsync(http, fault);
}
