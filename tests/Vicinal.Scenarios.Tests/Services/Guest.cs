using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Instances;

namespace Vicinal.Scenarios.Tests.Services;

/// <summary>An instance with an id of its own, as Nova makes its ports.</summary>
public sealed record Guest(Instance Instance, string Id)
{
    public const string Metadata = "http://169.254.169.254";
    public const string MetadataV6 = "http://[fe80::a9fe:a9fe%25eth0]";

    /// <param name="group">Null: no security group, so that all is refused that may be refused.</param>
    public static Guest Boot(Scratch scratch, string name, string node, string network, string? group, JsonObject? more = null)
    {
        string id = Guid.NewGuid().ToString();
        JsonObject body = more ?? [];
        body["network_id"] = network;
        body["binding:host_id"] = node;
        body["device_id"] = id;
        body["device_owner"] = "compute:nova";
        body["security_groups"] = group is null ? [] : new JsonArray(group);
        return new Guest(scratch.Plug(name, node, scratch.Create("ports", body)), id);
    }

    /// <summary>What DHCP tells an instance on a network without a router.</summary>
    public void RouteToService() => IpCommand.Run("-n", Instance.Namespace, "route", "replace", "169.254.169.254/32", "dev", "eth0");

    /// <summary>Its kernel uses no link-local address before it has made sure that nobody else has it.</summary>
    public void WaitForLinkLocal(ScenarioCloud scenario) => scenario.Cloud.WaitFor(
        $"the link-local address of {Instance.Name}",
        () => IpCommand.Run("-n", Instance.Namespace, "-6", "addr", "show", "dev", "eth0", "scope", "link", "-tentative").Contains("fe80::", StringComparison.Ordinal));

    public ToolResult Curl(params IEnumerable<string> arguments) =>
        Tool.Run(Instance.Namespace, "curl", ["-s", "-S", "--max-time", "20", "--globoff", .. arguments]);
}
