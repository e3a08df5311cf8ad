using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vicinal.Model;
using Vicinal.Model.Paths;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Http;
using Vicinal.Server.Gateways;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Api.Routers;

/// <summary>
/// /vicinal/v1/routers/{id}/migration: changes a router's kind while it serves. PUT takes one step, or with "plan" none, and answers how far
/// the router is, the revision to wait for and what is left to do; GET answers how far it is.
/// </summary>
internal sealed class RouterMigrationEndpoints(ApiServices services, ActiveGateways gateways, Func<string, NodePresence> presence)
{
    private static readonly string[] s_steps = ["plan", "prepare", "switch", "finish", "abort"];

    public void Map(IEndpointRouteBuilder routes)
    {
        const string Path = "/vicinal/v1/routers/{id}/migration";
        routes.MapGet(Path, ShowAsync);
        routes.MapPut(Path, TakeAsync);
    }

    private Task ShowAsync(HttpContext http)
    {
        Authorise(http);
        Topology topology = services.Writer.Current;
        return Answer.WriteAsync(http, 200, State(Find(http, topology), topology.Revision));
    }

    private async Task TakeAsync(HttpContext http)
    {
        Authorise(http);
        (RouterKind target, string step) = Read(await RequestBytes.ReadJsonAsync(http));
        Topology current = services.Writer.Current;
        Written<Topology> written = step == "plan"
            ? new Written<Topology>(current, current.Revision)
            : await services.Writer.WriteAsync(
                edit =>
                {
                    _ = Take(edit, Find(http, edit.Current), target, step);
                    return edit.Current;
                },
                http.RequestAborted);
        Router router = Find(http, written.Value);
        RouterMigrationPlan plan = RouterMigrationPlan.Of(written.Value, router, target, services.Settings, ServingHost(router), presence);
        http.Response.Headers["X-Vicinal-Revision"] = written.Revision.ToString(CultureInfo.InvariantCulture);
        Dictionary<string, object?> answer = State(router, written.Revision);
        answer["plan"] = Tree(plan);
        await Answer.WriteAsync(http, 200, answer);
    }

    private Router Take(TopologyEdit edit, Router router, RouterKind target, string step) => step switch
    {
        "prepare" => RouterMigration.Prepare(edit, router.Id, target, services.Settings),
        "switch" => RouterMigration.Switch(edit, router.Id, target, services.Settings),
        "finish" => RouterMigration.Finish(edit, router.Id, target, services.Settings, ServingHost(router)),
        _ => RouterMigration.StepBack(edit, router.Id, services.Settings, ServingHost(router)),
    };

    private string? ServingHost(Router router) =>
        router.GatewayBindings.IsEmpty ? null : gateways.ServingHost(router.Id, router.GatewayBindings[0].Host);

    private static void Authorise(HttpContext http)
    {
        if (!CallerClaims.CallerOf(http).IsAdmin)
        {
            throw ApiFaults.NotAuthorized("migrate_router");
        }
    }

    private static Router Find(HttpContext http, Topology topology)
    {
        string text = (string)http.Request.RouteValues["id"]!;
        return Guid.TryParseExact(text, "D", out Guid id) && topology.Routers.TryGetValue(id, out Router? router)
            ? router
            : throw RouterFaults.NotFound(text);
    }

    private static (RouterKind Target, string Step) Read(object? body)
    {
        if (body is not Dictionary<string, object?> members)
        {
            throw NeutronFault.BadRequest("Body contains invalid data");
        }

        List<string> problems = [.. members.Keys.Except(["distributed", "ha", "step"]).Select(static name => $"Unrecognized attribute(s) '{name}'")];
        bool distributed = Flag("distributed");
        bool ha = Flag("ha");
        string? step = members.GetValueOrDefault("step") as string;
        if (step is null || !s_steps.Contains(step))
        {
            problems.Add($"Invalid input for step. Reason: it must be one of {string.Join(", ", s_steps)}.");
        }

        return problems.Count == 0 ? (new RouterKind(distributed, ha), step!) : throw NeutronFault.BadRequest(string.Join(' ', problems));

        bool Flag(string name)
        {
            if (members.GetValueOrDefault(name) is bool value)
            {
                return value;
            }

            problems.Add($"Invalid input for {name}. Reason: it must be true or false.");
            return false;
        }
    }

    private static Dictionary<string, object?> State(Router router, long revision) => new()
    {
        ["router"] = router.Id,
        ["distributed"] = router.Distributed,
        ["ha"] = router.Ha,
        ["phase"] = router.Migration?.Phase.ToString().ToLowerInvariant() ?? "none",
        ["from"] = Tree(router.Migration?.From),
        ["to"] = Tree(router.Migration?.To),
        ["revision"] = revision,
    };

    private static Dictionary<string, object?>? Tree(RouterKind? kind) =>
        kind is { } known ? new() { ["distributed"] = known.Distributed, ["ha"] = known.Ha } : null;

    private static Dictionary<string, object?> Tree(RouterMigrationPlan plan) => new()
    {
        ["flows"] = plan.Flows.Select(static flow => new Dictionary<string, object?>
        {
            ["flow"] = flow.Flow,
            ["now"] = Nodes(flow.Now),
            ["then"] = Nodes(flow.Then),
        }).ToArray(),
        ["changes"] = plan.Changes.ToArray(),
        ["breaks"] = plan.Breaks.ToArray(),
        ["blockers"] = plan.Blockers.ToArray(),
    };

    private static string[] Nodes(FlowPath path) => path.Outside is null ? [.. path.Nodes] : [.. path.Nodes, "outside"];
}
