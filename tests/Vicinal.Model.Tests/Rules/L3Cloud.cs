using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

/// <summary>A small cloud for the tests of routers and what hangs on them. One edit lasts for the whole test.</summary>
internal sealed class L3Cloud
{
    public const string Project = "p1";

    private readonly Random _ids = new(1);

    public L3Cloud() => Edit = new TopologyEdit(Topology.Empty, DateTimeOffset.UnixEpoch, NewId);

    public TopologyEdit Edit { get; private set; }

    public CloudSettings Settings { get; set; } = CloudSettings.Default;

    public Topology Now => Edit.Current;

    public static Requester User { get; } = new(Project, IsAdmin: false);

    public static Requester Admin { get; } = new(Project, IsAdmin: true);

    /// <summary>From here on what is there counts as old.</summary>
    public void Commit() => Edit = new TopologyEdit(Edit.Current, Edit.Now.AddSeconds(1), NewId);

    /// <summary>Goes on from an earlier snapshot, as the writer does after a refusal.</summary>
    public L3Cloud Restart(Topology from)
    {
        Edit = new TopologyEdit(from, Edit.Now, NewId);
        return this;
    }

    public Guid NewId()
    {
        byte[] bytes = new byte[16];
        _ids.NextBytes(bytes);
        return new Guid(bytes);
    }

    public Network Network(bool external = false, string? physical = null, string project = Project, bool shared = false) => Edit.Put(new Network
    {
        Id = NewId(),
        ProjectId = project,
        External = external,
        Shared = shared,
        Mtu = 1442,
        NetworkType = physical is null ? "geneve" : "flat",
        PhysicalNetwork = physical,
        SegmentationId = physical is null ? (int)Edit.DrawSegmentationId("geneve", [new SegmentationRange(1, 0xFF_FFFF)])! : null,
    });

    /// <summary>With the first address as gateway and the rest as its pool.</summary>
    public Subnet Subnet(Network network, string cidr, bool gateway = true, string? mode = null, string? raMode = null)
    {
        IpPrefix prefix = IpPrefix.Parse(cidr);
        IpAddress first = IpAddress.FromValue(prefix.First.Value + 1);
        IpAddress last = prefix.IsIpv4 ? IpAddress.FromValue(prefix.Last.Value - 1) : prefix.Last;
        return Edit.Put(new Subnet
        {
            Id = NewId(),
            ProjectId = network.ProjectId,
            NetworkId = network.Id,
            Cidr = prefix,
            GatewayIp = gateway ? first : null,
            AllocationPools = [new AllocationPool(IpAddress.FromValue(first.Value + 1), last)],
            Ipv6AddressMode = mode,
            Ipv6RaMode = raMode,
        });
    }

    public Port Port(Network network, string project = Project, params (Subnet Subnet, string Address)[] addresses) => Edit.Put(new Port
    {
        Id = NewId(),
        ProjectId = project,
        NetworkId = network.Id,
        MacAddress = new MacAddress(0xFA16_3E00_0000UL | (uint)_ids.Next(1 << 24)),
        FixedIps = addresses.Select(static a => new FixedIp(a.Subnet.Id, IpAddress.Parse(a.Address))).ToValueList(),
        PortKey = Now.NextPortKey(network.Id),
    });

    public Router Router(RouterRequest? request = null, string project = Project) =>
        RouterRules.Create(Edit, project, request ?? new RouterRequest(), Settings);

    public Router Update(Router router, RouterRequest request) => RouterRules.Update(Edit, router.Id, request, Settings);

    public Router SetGateway(Router router, Network? network) =>
        Update(router, new RouterRequest { Gateway = network is null ? null : new GatewayRequest(network.Id) });

    public InterfaceAnswer Join(Router router, Subnet subnet) => RouterInterfaces.Add(Edit, router.Id, new InterfaceRequest(subnet.Id, null), Settings, User);

    public FloatingIp FloatingIp(Network external, Guid? port = null) => FloatingIpRules.Create(
        Edit, Project, new FloatingIpRequest { FloatingNetworkId = external.Id, PortId = port }, Settings, User);

    public Agent Agent(string host, string mode = AgentModes.DvrSnat, params string[] physical) => AgentRules.Report(Edit, new AgentReport
    {
        Host = host,
        Mode = mode,
        TunnelAddress = IpAddress.Parse("192.0.2.1"),
        BridgeMappings = physical.Select(static p => new BridgeMapping(p, "eth1")).ToValueList(),
    }, Settings);

    /// <summary>A router between one subnet with one instance and one external network: what floating IPs need.</summary>
    public (Router Router, Network External, Subnet Inside, Port Instance) Routed()
    {
        Network external = Network(external: true, physical: "physnet1");
        _ = Subnet(external, "203.0.113.0/24");
        Network inside = Network();
        Subnet subnet = Subnet(inside, "10.50.0.0/24");
        Router router = SetGateway(Router(), external);
        _ = Join(router, subnet);
        return (Now.Routers[router.Id], external, subnet, Port(inside, Project, (subnet, "10.50.0.10")));
    }
}

internal static class Refusal
{
    /// <summary>The call is refused with this status, type and message.</summary>
    public static void ShouldBeRefused(this Action act, int status, string type, string message)
    {
        NeutronFault fault = act.ShouldThrow<NeutronFault>();
        (fault.Status, fault.Type, fault.Message).ShouldBe((status, type, message));
    }
}
