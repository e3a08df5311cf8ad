using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vicinal.Bench.Processes;
using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Processes;
using Vicinal.Lab.Rest;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Bench.Failover;

/// <summary>
/// Compute c1, n1 without an external NIC, gateway nodes g1 and g2, and one distributed router that both gateway nodes may serve, with an instance on c1 that goes
/// out under the router's address, and one on n1 with a floating IP at the gateway. Whatever ends the bench ends its processes and deletes its namespaces.
/// </summary>
internal sealed class FailoverLab : IDisposable
{
    /// <summary>Whose datagrams the instances let in.</summary>
    public const int DatagramPort = 7811;

    private static readonly string[] s_gateways = ["g1", "g2"];

    private readonly string _directory;
    private readonly RoutedTenant _tenant;
    private readonly EchoServer _internet;

    private FailoverLab(LabCloud cloud, string directory)
    {
        Cloud = cloud;
        _directory = directory;
        string external = ExternalNetwork.Create(cloud);
        string group = OpenGroup.Create(cloud.Neutron);
        cloud.Neutron.Create("security-group-rules", new JsonObject
        {
            ["security_group_id"] = group,
            ["direction"] = "ingress",
            ["ethertype"] = "IPv4",
            ["protocol"] = "udp",
            ["port_range_min"] = DatagramPort,
            ["port_range_max"] = DatagramPort,
        });
        _internet = EchoServer.Start(cloud.Namespace("internet"), OpenGroup.EchoPort, cloud.Plan.Internet, cloud.Plan.InternetV6);
        _tenant = RoutedTenant.Create(cloud, external, group, 1, new RouterKind(Distributed: true, Ha: true), ("a", "a", "c1"), ("n", "a", "n1"));
        (_, Floating) = _tenant.FloatingIp("n");
    }

    public LabCloud Cloud { get; }

    /// <summary>The floating IP of the instance on n1.</summary>
    public IpAddress Floating { get; }

    public string Inside => _tenant["a"].Namespace;

    public string InsideFloating => _tenant["n"].Namespace;

    public string Outside => Cloud.Namespace("internet");

    /// <summary>Hears who speaks in the router's name on the external segment.</summary>
    public ExternalWire Listen() => new(Cloud, _tenant);

    public static FailoverLab Up(string name)
    {
        LabPlan plan = new()
        {
            Name = name,

            // Who serves stays where it is until it fails.
            ServerOptions = ["--gateway-preempt", "false"],
            Nodes =
            [
                new LabNode("c1", "dvr", 11), new LabNode("n1", "dvr_no_external", 12, External: false),
                new LabNode("g1", "dvr_snat", 21), new LabNode("g2", "dvr_snat", 22),
            ],
        };
        string directory = BenchDirectory.Create();
        Interruption.Undo(() => Remove(plan, directory));
        try
        {
            return new FailoverLab(LabCloud.Up(plan, LabProgram.FromAssembly(Path.Combine(AppContext.BaseDirectory, "vicinal.dll")), directory), directory);
        }
        catch
        {
            Remove(plan, directory);
            throw;
        }
    }

    /// <summary>Waits until one gateway node serves and the other has its connections and could serve; says which.</summary>
    public (string Active, string Standby) WaitSettled()
    {
        (string Active, string Standby)? found = null;
        WaitFor("one gateway node to serve and the other to be ready", () =>
        {
            found = Settled();
            return found is not null;
        });
        return found!.Value;
    }

    public void WaitServedBy(string node) => WaitFor($"{node} to serve", () => Read(node)?.Role == "active");

    /// <summary>Who says that it serves; null when nobody does just now.</summary>
    public string? ActiveNow() => s_gateways.FirstOrDefault(node => Read(node)?.Role == "active");

    /// <summary>How the gateway threads of all nodes kept their time, since they started.</summary>
    public IReadOnlyList<NodeGateways> ReadAll() => [.. Cloud.Plan.Nodes.Select(node => NodeGateways.Read(node.Name, Cloud.StateOf(node.Name)))];

    /// <summary>What a node is for the router; null when its agent does not answer.</summary>
    public NodeGateway? Read(string node)
    {
        try
        {
            return NodeGateways.Read(node, Cloud.StateOf(node)).Routers.GetValueOrDefault(_tenant.Router);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _internet.Dispose();
        Cloud.Dispose();
        BenchDirectory.Delete(_directory);
    }

    private (string Active, string Standby)? Settled()
    {
        foreach (string active in s_gateways)
        {
            string standby = s_gateways.Single(node => node != active);
            if (Read(active)?.Role == "active" && Read(standby) is { Role: "standby", Eligible: true, Replicated: true } second && second.Active == active)
            {
                return (active, standby);
            }
        }

        return null;
    }

    private static void WaitFor(string what, Func<bool> condition)
    {
        long start = Environment.TickCount64;
        while (!condition())
        {
            if (Environment.TickCount64 - start > 60_000)
            {
                throw new LabException($"waited a minute for {what}");
            }

            Thread.Sleep(20);
        }
    }

    private static void Remove(LabPlan plan, string directory)
    {
        LabCloud.Sweep(plan);
        BenchDirectory.Delete(directory);
    }
}
