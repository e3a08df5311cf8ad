using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Lab.Tenants;

/// <summary>
/// A router of one kind with two networks, IPv4 and IPv6, its gateway on the external network, and instances that anybody may ping and
/// that echo. Labs have several of them side by side, told apart by their numbers. Disposing it takes away all that it made.
/// </summary>
public sealed class RoutedTenant : IDisposable
{
    private readonly Stack<Action> _undo = new();
    private readonly Dictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _networks = new(StringComparer.Ordinal);
    private readonly LabCloud _cloud;
    private readonly string _external;
    private readonly string _group;
    private readonly int _number;

    private RoutedTenant(LabCloud cloud, string external, string group, int number)
    {
        _cloud = cloud;
        _external = external;
        _group = group;
        _number = number;
    }

    public string Router { get; private set; } = "";

    public string RouterName => $"router{_number}";

    public IpAddress GatewayAddress { get; private set; }

    public Instance this[string name] => _instances[name];

    public IReadOnlyCollection<Instance> Instances => _instances.Values;

    private NeutronClient Neutron => _cloud.Neutron;

    /// <param name="external">The external network's id.</param>
    /// <param name="group">The security group of every instance.</param>
    /// <param name="number">Its own among the lab's tenants, from 1 to 99.</param>
    /// <param name="instances">Each one's name, network (a or b) and node.</param>
    public static RoutedTenant Create(
        LabCloud cloud, string external, string group, int number, RouterKind kind, params IReadOnlyList<(string Name, string Network, string Node)> instances)
    {
        RoutedTenant made = new(cloud, external, group, number);
        try
        {
            made.CreateRouter(kind);
            made.CreateNetwork("a", 0);
            made.CreateNetwork("b", 1);
            foreach ((string name, string network, string node) in instances)
            {
                made.Boot(name, network, node);
            }

            cloud.WaitActive(made.Instances);
            cloud.WaitGateway(made.Router);
            cloud.WaitApplied();
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>The router's own address on a network.</summary>
    public IpAddress RouterAddress(string network, bool ipv6) => LabSubnet.AddressOf(Cidr(network == "a" ? 0 : 1, ipv6), 1);

    /// <summary>
    /// The node that serves what of the router is not distributed, as the API tells: the active one of an HA router, and of another the
    /// first on the list, which is its only one.
    /// </summary>
    public string ServingNode()
    {
        string? serving = null;
        _cloud.WaitFor($"a gateway node that serves {RouterName}", () => (serving = FindServingNode()) is not null);
        return serving!;
    }

    /// <summary>As <see cref="ServingNode"/> now; null while there is none.</summary>
    public string? FindServingNode()
    {
        List<(string Host, string? State)> agents = [.. ((JsonArray)Neutron.Fetch($"v2.0/routers/{Router}/l3-agents")["agents"]!)
            .Select(agent => ((string)agent!["host"]!, (string?)agent["ha_state"]))];
        return agents.Exists(agent => agent.State is not null)
            ? agents.Find(agent => agent.State == "active").Host
            : agents.FirstOrDefault().Host;
    }

    public (string Id, IpAddress Address) FloatingIp(string instance)
    {
        JsonObject made = Neutron.Create("floatingips", new JsonObject
        {
            ["floating_network_id"] = _external,
            ["port_id"] = this[instance].PortId.ToString(),
        });
        string id = (string)made["id"]!;
        _undo.Push(() => Neutron.Delete("floatingips", id));
        _cloud.WaitFloatingIp(id);
        return (id, IpAddress.Parse((string)made["floating_ip_address"]!));
    }

    /// <summary>An extra route to a prefix behind an instance, which then has the prefix's first address too.</summary>
    public IpAddress RouteBehind(string instance, IpPrefix prefix)
    {
        Instance router = this[instance];
        IpAddress behind = LabSubnet.AddressOf(prefix, 1);
        Neutron.Update("ports", router.PortId.ToString(), new JsonObject
        {
            ["allowed_address_pairs"] = new JsonArray(new JsonObject { ["ip_address"] = prefix.ToString() }),
        });
        Neutron.Update("routers", Router, new JsonObject
        {
            ["routes"] = new JsonArray(new JsonObject { ["destination"] = prefix.ToString(), ["nexthop"] = router.Address.ToString() }),
        });
        _undo.Push(() => Neutron.Update("routers", Router, new JsonObject { ["routes"] = new JsonArray() }));
        IpCommand.Run("-n", router.Namespace, "addr", "add", $"{behind}/32", "dev", "lo");
        _cloud.WaitApplied();
        return behind;
    }

    public void Dispose()
    {
        while (_undo.TryPop(out Action? undo))
        {
            undo();
        }
    }

    private void CreateRouter(RouterKind kind)
    {
        JsonObject router = Neutron.Create("routers", new JsonObject
        {
            ["name"] = RouterName,
            ["distributed"] = kind.Distributed,
            ["ha"] = kind.Ha,
            ["external_gateway_info"] = new JsonObject { ["network_id"] = _external },
        });
        Router = (string)router["id"]!;
        _undo.Push(() => Neutron.Delete("routers", Router));
        IpAddress[] addresses = [.. ((JsonArray)router["external_gateway_info"]!["external_fixed_ips"]!).Select(ip => IpAddress.Parse((string)ip!["ip_address"]!))];
        GatewayAddress = addresses.First(address => address.IsIpv4);

        // The upstream router knows the way to the private IPv6 networks, as it must without NAT.
        string internet = _cloud.Plan.Namespace("internet");
        string way = $"{Ipv6Range()} via {addresses.First(address => address.IsIpv6)} dev {FabricScript.ExternalNic}";
        IpCommand.Batch(internet, [$"route add {way}"]);
        _undo.Push(() => IpCommand.Batch(internet, [$"route del {way}"]));
    }

    private void CreateNetwork(string name, int place)
    {
        string network = (string)Neutron.Create("networks", new JsonObject { ["name"] = $"{name}{_number}" })["id"]!;
        _networks[name] = network;
        _undo.Push(() => Neutron.Delete("networks", network));
        foreach (bool ipv6 in (ReadOnlySpan<bool>)[false, true])
        {
            IpPrefix cidr = Cidr(place, ipv6);
            JsonObject subnet = new() { ["subnet_id"] = LabSubnet.Create(Neutron, network, $"{name}{_number}-v{(ipv6 ? 6 : 4)}", cidr, LabSubnet.AddressOf(cidr, 1)) };
            Neutron.Act("routers", Router, "add_router_interface", (JsonObject)subnet.DeepClone());
            _undo.Push(() => Neutron.Act("routers", Router, "remove_router_interface", subnet));
        }
    }

    private void Boot(string name, string network, string node)
    {
        JsonObject port = Neutron.Create("ports", new JsonObject
        {
            ["name"] = $"{name}-{_number}",
            ["network_id"] = _networks[network],
            ["binding:host_id"] = node,
            ["device_owner"] = "compute:nova",
            ["security_groups"] = new JsonArray(_group),
        });
        string id = (string)port["id"]!;
        _undo.Push(() => Neutron.Delete("ports", id));
        string member = $"{name}-{_number}";
        _instances[name] = _cloud.Boot(member, node, port);
        _undo.Push(() => _cloud.Unplug(member));
        EchoServer echo = EchoServer.Start(_cloud.Namespace(member), OpenGroup.EchoPort);
        _undo.Push(echo.Dispose);
    }

    private IpPrefix Cidr(int place, bool ipv6) =>
        IpPrefix.Parse(ipv6 ? $"2001:db8:{_number:x}0:{place}::/64" : $"10.{_number}.{place}.0/24", null);

    private string Ipv6Range() => $"2001:db8:{_number:x}0::/48";
}
