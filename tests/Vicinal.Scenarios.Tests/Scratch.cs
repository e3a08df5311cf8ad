using System.Net;
using System.Text.Json.Nodes;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>What one test adds to the cloud. Disposing it takes everything away again, the last first.</summary>
public sealed class Scratch(ScenarioCloud scenario) : IDisposable
{
    private readonly Stack<Action> _undo = new();

    private NeutronClient Neutron => scenario.Cloud.Neutron;

    public void OnDispose(Action undo) => _undo.Push(undo);

    public JsonObject Create(string collection, JsonObject body)
    {
        JsonObject made = Neutron.Create(collection, body);
        string id = (string)made["id"]!;
        OnDispose(() =>
        {
            try
            {
                Neutron.Delete(collection, id);
            }
            catch (NeutronRefusal e) when (e.Status == (int)HttpStatusCode.NotFound)
            {
                // The test deleted it itself.
            }
        });
        return made;
    }

    public string Network(string name, string cidr, JsonObject? more = null)
    {
        JsonObject body = more ?? [];
        body["name"] = name;
        string network = IdOf(Create("networks", body));
        Subnet(network, cidr);
        return network;
    }

    public string Subnet(string network, string cidr) =>
        IdOf(Create("subnets", new JsonObject { ["network_id"] = network, ["ip_version"] = cidr.Contains(':') ? 6 : 4, ["cidr"] = cidr, ["enable_dhcp"] = false }));

    /// <summary>A router with the subnets of some networks, and a gateway on the demo's provider network if asked for.</summary>
    public string Router(bool gateway, params string[] networks) => Router([], gateway, networks);

    public string Router(bool gateway, bool distributed, params string[] networks) =>
        Router(new JsonObject { ["distributed"] = distributed }, gateway, networks);

    public string Router(JsonObject body, bool gateway, params string[] networks)
    {
        if (gateway)
        {
            body["external_gateway_info"] = new JsonObject { ["network_id"] = scenario.Topology.PublicNetwork };
        }

        string router = IdOf(Create("routers", body));
        foreach (string subnet in networks.SelectMany(network => Neutron.List("subnets", $"network_id={network}")).Select(IdOf))
        {
            JsonObject which = new() { ["subnet_id"] = subnet };
            Neutron.Act("routers", router, "add_router_interface", which);
            OnDispose(() => Neutron.Act("routers", router, "remove_router_interface", (JsonObject)which.DeepClone()));
        }

        if (gateway)
        {
            scenario.Cloud.WaitGateway(router);
        }

        return router;
    }

    public string Group(params (string Protocol, int Port)[] ingress)
    {
        string group = IdOf(Create("security-groups", new JsonObject { ["name"] = "scratch" }));
        foreach ((string protocol, int port) in ingress)
        {
            Rule(group, protocol, port);
        }

        return group;
    }

    public string Rule(string group, string protocol, int port, string family = "IPv4") => IdOf(Create("security-group-rules", new JsonObject
    {
        ["security_group_id"] = group,
        ["direction"] = "ingress",
        ["ethertype"] = family,
        ["protocol"] = protocol,
        ["port_range_min"] = port,
        ["port_range_max"] = port,
    }));

    /// <summary>A port in the demo's open group, or in others, with an instance on a node. Not waited for.</summary>
    public Instance Boot(string name, string node, string network, params string[] groups)
    {
        JsonArray members = [.. groups.DefaultIfEmpty(scenario.Topology.OpenGroup)];
        JsonObject port = Create("ports", new JsonObject { ["network_id"] = network, ["binding:host_id"] = node, ["security_groups"] = members });
        return Plug(name, node, port);
    }

    public Instance Plug(string name, string node, JsonObject port)
    {
        Instance instance = scenario.Cloud.Boot(name, node, port);
        OnDispose(() => scenario.Cloud.Unplug(name));
        return instance;
    }

    /// <summary>An instance that has to learn who it is.</summary>
    public Instance BootBare(string name, string node, JsonObject port)
    {
        Instance instance = scenario.Cloud.Boot(name, node, port, bare: true);
        OnDispose(() => scenario.Cloud.Unplug(name));
        return instance;
    }

    /// <summary>As <see cref="Boot"/>, but behind a tap, as a virtual machine.</summary>
    public VirtualMachine BootMachine(string name, string node, string network, params string[] groups)
    {
        JsonArray members = [.. groups.DefaultIfEmpty(scenario.Topology.OpenGroup)];
        JsonObject port = Create("ports", new JsonObject { ["network_id"] = network, ["binding:host_id"] = node, ["security_groups"] = members });
        VirtualMachine machine = scenario.Cloud.BootMachine(name, node, port);
        OnDispose(() =>
        {
            machine.Dispose();
            scenario.Cloud.Unplug(name);
        });
        return machine;
    }

    /// <summary>Echoes inside a member of the cloud.</summary>
    public EchoServer Echo(string member, int port = DemoTopology.EchoPort)
    {
        EchoServer server = EchoServer.Start(scenario.Cloud.Namespace(member), port);
        OnDispose(server.Dispose);
        return server;
    }

    public (string Id, IpAddress Address) FloatingIp(Instance instance)
    {
        JsonObject made = Create("floatingips", new JsonObject
        {
            ["floating_network_id"] = scenario.Topology.PublicNetwork,
            ["port_id"] = instance.PortId.ToString(),
        });
        scenario.Cloud.WaitFloatingIp(IdOf(made));
        return (IdOf(made), IpAddress.Parse((string)made["floating_ip_address"]!));
    }

    public void Dispose()
    {
        while (_undo.TryPop(out Action? undo))
        {
            undo();
        }
    }

    public static string IdOf(JsonObject made) => (string)made["id"]!;
}
