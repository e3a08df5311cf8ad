using System.Diagnostics;
using System.Net.Sockets;
using Vicinal.Lab;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Resources;

namespace Vicinal.Scenarios.Tests.Failover;

/// <summary>
/// A cloud whose nodes fail, made once for a datapath: compute c1, n1 without an external NIC, whose floating IPs are at the gateway, and gateway nodes g1 and
/// g2. Every test brings a tenant, and heals what it broke.
/// </summary>
public abstract class FailoverCloud : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TestLab _lab;
    private readonly EchoServer _internet;
    private int _tenants;

    /// <param name="tag">Letters that tell the lab from others of this process.</param>
    /// <param name="serverOptions">How gateway nodes are to be replaced.</param>
    protected FailoverCloud(string datapath, string tag, params IReadOnlyList<string> serverOptions)
    {
        _lab = TestLab.Up(name => PlanOf(name) with { ServerOptions = serverOptions }, datapath, tag);
        try
        {
            External = ExternalNetwork.Create(Cloud);
            Group = OpenGroup.Create(Cloud.Neutron);
            _internet = EchoServer.Start(Cloud.Namespace("internet"), OpenGroup.EchoPort, Cloud.Plan.Internet, Cloud.Plan.InternetV6);
        }
        catch
        {
            _lab.Dispose();
            throw;
        }
    }

    public LabCloud Cloud => _lab.Cloud;

    private string External { get; }

    private string Group { get; }

    /// <summary>A router with two gateway nodes, an instance a at c1 and an instance n at n1; one node serves and the other could.</summary>
    public RoutedTenant Tenant(bool distributed = true)
    {
        RoutedTenant tenant = RoutedTenant.Create(
            Cloud, External, Group, ++_tenants, new RouterKind(distributed, Ha: true), ("a", "a", "c1"), ("n", "a", "n1"));
        _ = WaitSettled(tenant);
        return tenant;
    }

    /// <summary>Waits until one gateway node serves the router and the other could take its place at any time.</summary>
    public (string Active, string Standby) WaitSettled(RoutedTenant tenant)
    {
        (string Active, string Standby) found = ("", "");
        WaitFor($"{tenant.RouterName} to be served by one node and backed by the other", () =>
        {
            NodeGateway? first = RoleAt("g1", tenant);
            NodeGateway? second = RoleAt("g2", tenant);
            found = first is { Role: "active" } ? ("g1", "g2") : ("g2", "g1");
            NodeGateway? standby = found.Standby == "g1" ? first : second;
            NodeGateway? active = found.Active == "g1" ? first : second;
            return active is { Role: "active" } && standby is { Role: "standby", Eligible: true, Replicated: true } && standby.Active == found.Active
                && RoleAt("c1", tenant)?.Active == found.Active && RoleAt("n1", tenant)?.Active == found.Active;
        },
        () => RolesOf(tenant));
        return found;
    }

    /// <summary>Waits until all are settled with the node as the one that serves, wherever the router was before.</summary>
    /// <returns>The other gateway node.</returns>
    public string WaitSettledAt(string node, RoutedTenant tenant)
    {
        (string Active, string Standby) found = ("", "");
        WaitFor($"{tenant.RouterName} to settle at {node}", () => (found = WaitSettled(tenant)).Active == node, () => RolesOf(tenant));
        return found.Standby;
    }

    /// <summary>The gateway node that the server put first for the router.</summary>
    public string FirstNode(RoutedTenant tenant) =>
        (string)Cloud.Neutron.Fetch("vicinal/v1/gateways")["gateways"]!.AsArray().First(router => (string?)router!["router"] == tenant.Router)!["nodes"]![0]!;

    public void WaitServedBy(string node, RoutedTenant tenant) =>
        WaitFor($"{node} to serve {tenant.RouterName}", () => RoleAt(node, tenant)?.Role == "active", () => RolesOf(tenant));

    /// <summary>What a node is for the tenant's router; null when its agent does not answer or has not heard of it.</summary>
    public NodeGateway? RoleAt(string node, RoutedTenant tenant)
    {
        try
        {
            return NodeGateways.Read(node, Cloud.StateOf(node)).Routers.GetValueOrDefault(tenant.Router);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            return null;
        }
    }

    /// <summary>As the lab's own wait, but agents may be dead.</summary>
    /// <param name="instead">Says what is there when the time is over.</param>
    public static void WaitFor(string what, Func<bool> condition, Func<string>? instead = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new LabException($"waited for {what}\n{instead?.Invoke()}");
            }

            Thread.Sleep(20);
        }
    }

    private string RolesOf(RoutedTenant tenant) =>
        string.Join('\n', Cloud.Plan.Nodes.Select(node =>
            $"{node.Name}: {RoleAt(node.Name, tenant)?.ToString() ?? "does not say"}\n{Cloud.Agent(node.Name).Tail(8)}"));

    public void Dispose()
    {
        _internet.Dispose();
        _lab.Dispose();
        GC.SuppressFinalize(this);
    }

    private static LabPlan PlanOf(string name) => new()
    {
        Name = name,

        // What is served stays where it is while it can: each test moves it itself.
        ServerOptions = ["--gateway-preempt", "false"],
        Nodes =
        [
            new LabNode("c1", "dvr", 11),
            new LabNode("n1", "dvr_no_external", 12, External: false),
            new LabNode("g1", "dvr_snat", 21),
            new LabNode("g2", "dvr_snat", 22),
        ],
    };
}
