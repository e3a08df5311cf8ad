using System.Text.Json.Nodes;
using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Paths;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>
/// A cloud with a node of every agent mode, made once for a datapath: computes c1 and c2 (dvr), n1 (dvr_no_external) and l1 (legacy), gateway
/// nodes g1 and g2 (dvr_snat). Every test brings a tenant whose router is of the kind that it asks about.
/// </summary>
public abstract class ModesCloud : IDisposable
{
    private readonly TestLab _lab;
    private readonly EchoServer _internet;
    private int _tenants;

    protected ModesCloud(string datapath)
    {
        _lab = TestLab.Up(PlanOf, datapath, "modes");
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

    /// <summary>A router of a kind with an instance on each of its networks at c1 and c2 (a1, b1, a2, b2), and one at n1 and l1 each (an, al).</summary>
    public RoutedTenant Tenant(RouterKind kind) => RoutedTenant.Create(
        Cloud, External, Group, ++_tenants, kind,
        ("a1", "a", "c1"), ("b1", "b", "c1"), ("a2", "a", "c2"), ("b2", "b", "c2"), ("an", "a", "n1"), ("al", "a", "l1"));

    /// <summary>
    /// Pings and connections along every way of a tenant, a1 to b2 in the inside: with a floating IP for b2, and an extra route to an address behind it.
    /// </summary>
    public TenantTraffic Traffic(RoutedTenant tenant, out IpAddress floating)
    {
        (_, floating) = tenant.FloatingIp("b2");
        IpAddress behind = tenant.RouteBehind("b2", IpPrefix.Parse("192.168.77.0/24", null));
        return TenantTraffic.Start(Cloud, (tenant["a1"], tenant["b2"]), floating, behind);
    }

    /// <summary>The router's kind as the API tells it now.</summary>
    public RouterKind KindOf(RoutedTenant tenant)
    {
        JsonObject router = Cloud.Neutron.Get("routers", tenant.Router);
        return new RouterKind((bool)router["distributed"]!, (bool)router["ha"]!);
    }

    /// <summary>Runs flows, and tells of those that fail, or touch a node that the description of the router's kind does not name, or miss one that it does.</summary>
    public IReadOnlyList<string> FindStrays(RoutedTenant tenant, RouterKind kind, IEnumerable<ModeFlow> flows)
    {
        string gateway = tenant.ServingNode();
        List<string> wrong = [];
        foreach (ModeFlow flow in flows)
        {
            string failure = "";
            FrameLog log = Watch(() => failure = flow.Run(Cloud));
            FlowNode near = Node(flow.Near.Node);
            FlowNode? far = flow.Far is { } other ? Node(other.Node) : null;
            FlowPath there = FlowPath.Of(flow.Kind, kind.Distributed, near, far, gateway);
            FlowPath back = far is null ? there : FlowPath.Of(flow.Kind, kind.Distributed, far, near, gateway);
            TouchedNodes promised = TouchedNodes.Promised(there, back, flow);
            TouchedNodes seen = TouchedNodes.Seen(log, Cloud.Plan, flow);
            if (failure.Length > 0 || seen != promised)
            {
                wrong.Add($"{flow} by {there}: {failure}\n  promised: {promised}\n  seen:     {seen}");
            }
        }

        return wrong;
    }

    public void Dispose()
    {
        _internet.Dispose();
        _lab.Dispose();
        GC.SuppressFinalize(this);
    }

    private FlowNode Node(string name)
    {
        LabNode node = Cloud.Plan.Nodes.First(n => n.Name == name);
        return new FlowNode(node.Name, node.Mode, node.External);
    }

    /// <summary>What every place saw of the probes.</summary>
    public FrameLog Watch(Action probes)
    {
        using CaptureSet captures = Cloud.OpenCaptures();
        return FrameLog.Record(captures, probes);
    }

    private static LabPlan PlanOf(string name) => new()
    {
        Name = name,
        Nodes =
        [
            new LabNode("c1", "dvr", 11),
            new LabNode("c2", "dvr", 12),
            new LabNode("n1", "dvr_no_external", 13),
            new LabNode("l1", "legacy", 14),
            new LabNode("g1", "dvr_snat", 21),
            new LabNode("g2", "dvr_snat", 22),
        ],
    };
}
