using System.Text.Json.Nodes;
using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Tenants;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Failover;

/// <summary>What nodes put on the external segment in the name of a router: frames with its gateway's MAC, and ARP or neighbour advertisements for its addresses.</summary>
public sealed class ExternalWire : IDisposable
{
    private readonly Capture _capture;
    private readonly MacAddress _gateway;

    public ExternalWire(LabCloud cloud, RoutedTenant tenant)
    {
        JsonObject port = cloud.Neutron.List("ports", $"device_id={tenant.Router}&device_owner=network:router_gateway").Single();
        _gateway = MacAddress.Parse((string)port["mac_address"]!, null);
        _capture = Capture.Open("external", cloud.Plan.Namespace("external"));
    }

    /// <summary>The nodes in the order of their frames, since the last call. Each frame of the router names one.</summary>
    public IReadOnlyList<string> Speakers() =>
        [.. _capture.Collect().Where(frame => !frame.Outgoing && IsOfRouter(frame)).Select(frame => frame.Interface["p-".Length..])];

    public void Dispose() => _capture.Dispose();

    private bool IsOfRouter(CapturedFrame frame) => frame.Interface.StartsWith("p-g", StringComparison.Ordinal)
        && frame.Bytes.Length >= 14 && MacAddress.Read(frame.Bytes.AsSpan(6)) == _gateway;
}
