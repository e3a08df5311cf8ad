using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Processes;
using Vicinal.Lab.Rest;

namespace Vicinal.Lab;

/// <summary>What a lab waits for: the cloud tells of each when it is so, and nothing sleeps for luck.</summary>
public sealed partial class LabCloud
{
    /// <summary>Waits until the port's own node has wired and programmed it.</summary>
    public void WaitActive(params IEnumerable<Instance> instances)
    {
        foreach (Instance instance in instances)
        {
            WaitFor($"port {instance.PortId} of {instance.Name} to become ACTIVE",
                () => (string?)Neutron.Get("ports", instance.PortId.ToString())["status"] == "ACTIVE");
        }
    }

    public void WaitFloatingIp(string id) =>
        WaitFor($"floating IP {id} to become ACTIVE", () => (string?)Neutron.Get("floatingips", id)["status"] == "ACTIVE");

    /// <summary>Waits until one node serves the router's gateway, and every node that routes for the router knows which.</summary>
    public void WaitGateway(string router) => WaitFor(
        $"the gateway of router {router} to be served",
        () => GatewaysOf(router) is { Count: > 0 } told && told.All(gateway => gateway.Active is not null));

    /// <summary>Waits until the last write through this lab's client is in force on every node that it concerns.</summary>
    public void WaitApplied()
    {
        string revision = Neutron.LastRevision;
        WaitFor($"revision {revision} to be applied", () =>
        {
            JsonObject state = Neutron.Fetch($"vicinal/v1/revisions/{revision}");
            return (int)state["applied"]! >= (int)state["nodes"]!;
        });
    }

    /// <exception cref="OperationCanceledException">The lab is to end.</exception>
    /// <exception cref="LabException">It has not come true within the time; a dead process is named with the end of its log.</exception>
    public void WaitFor(string what, Func<bool> condition, int timeoutMilliseconds = 30_000)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Stopping.ThrowIfCancellationRequested();
            foreach (LabProcess process in _agents.Values.Append(_server).OfType<LabProcess>().Where(p => p.HasExited))
            {
                throw new LabException($"{process.Name} ended with code {process.ExitCode} while waiting for {what}:\n{process.Tail()}");
            }

            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > timeoutMilliseconds)
            {
                throw new LabException($"waited {timeoutMilliseconds} ms for {what}; logs are in {Directory}");
            }

            Thread.Sleep(10);
        }
    }

    /// <summary>What the nodes that have heard of a router are for it; none while an agent does not answer.</summary>
    private List<NodeGateway> GatewaysOf(string router)
    {
        try
        {
            return [.. _agents.Keys.Select(node => NodeGateways.Read(node, StateOf(node)).Routers.GetValueOrDefault(router)).OfType<NodeGateway>()];
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            return [];
        }
    }
}
