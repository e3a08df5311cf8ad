using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Server.Api.Routers;

/// <summary>A router's composite attributes as answers show them.</summary>
internal static class RouterView
{
    public static Dictionary<string, object?>? Gateway(Router router, Topology topology) => router.Gateway is not { } gateway
        ? null
        : new()
        {
            ["network_id"] = gateway.NetworkId,
            ["enable_snat"] = gateway.EnableSnat,
            ["external_fixed_ips"] = topology.Ports[gateway.PortId].FixedIps
                .Select(static ip => new Dictionary<string, object?> { ["subnet_id"] = ip.SubnetId, ["ip_address"] = ip.Address })
                .ToArray(),
        };

    public static Dictionary<string, object?>[] Routes(Router router) =>
        [.. router.Routes.Select(static route => new Dictionary<string, object?>
        {
            ["destination"] = route.Destination,
            ["nexthop"] = route.NextHop,
        })];

    /// <summary>Where its gateway may be served; empty as long as it is scheduled nowhere.</summary>
    public static string[] Zones(Router router, Topology topology) => [.. router.GatewayBindings
        .Select(binding => topology.AgentOn(binding.Host)?.AvailabilityZone)
        .OfType<string>()
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal)];

    public static Dictionary<string, object?> Interface(InterfaceAnswer answer) => new()
    {
        ["id"] = answer.RouterId,
        ["tenant_id"] = answer.ProjectId,
        ["project_id"] = answer.ProjectId,
        ["port_id"] = answer.PortId,
        ["network_id"] = answer.NetworkId,
        ["subnet_id"] = answer.SubnetId,
        ["subnet_ids"] = answer.SubnetIds,
    };
}
