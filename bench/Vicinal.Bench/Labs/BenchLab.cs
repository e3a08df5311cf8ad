using System.Text.Json.Nodes;
using Vicinal.Bench.Processes;
using Vicinal.Lab;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Processes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Bench.Labs;

/// <summary>
/// A small cloud in namespaces: computes c1 and c2, gateway g1, networks blue and green on one router with its gateway on the external
/// network. Whatever ends the bench, Ctrl-C included, ends its processes and deletes its namespaces.
/// </summary>
internal sealed class BenchLab : IDisposable
{
    private readonly string _directory;

    private BenchLab(LabCloud cloud, string directory)
    {
        _directory = directory;
        Cloud = cloud;
    }

    public LabCloud Cloud { get; }

    public NeutronClient Api => Cloud.Neutron;

    public string ExternalNetwork { get; private set; } = "";

    public string Router { get; private set; } = "";

    public string Blue { get; private set; } = "";

    public string Green { get; private set; } = "";

    public string OpenGroup { get; private set; } = "";

    public static BenchLab Up(string name) => Up(new LabPlan
    {
        Name = name,
        Nodes = [new LabNode("c1", "dvr", 11), new LabNode("c2", "dvr", 12), new LabNode("g1", "dvr_snat", 21)],
    });

    /// <summary>The same cloud on other nodes; one of them serves the gateway.</summary>
    public static BenchLab Up(LabPlan plan)
    {
        string directory = BenchDirectory.Create();
        Interruption.Undo(() => Remove(plan, directory));
        try
        {
            BenchLab lab = new(LabCloud.Up(plan, LabProgram.FromAssembly(Path.Combine(AppContext.BaseDirectory, "vicinal.dll")), directory), directory);
            lab.CreateNetworks();
            return lab;
        }
        catch
        {
            Remove(plan, directory);
            throw;
        }
    }

    /// <summary>A port on a node, and the wait until every node that it concerns knows it.</summary>
    public JsonObject CreatePort(string name, string network, string node, params string[] groups)
    {
        JsonObject port = Api.Create("ports", new JsonObject
        {
            ["name"] = name,
            ["network_id"] = network,
            ["binding:host_id"] = node,
            ["device_owner"] = "compute:nova",
            ["security_groups"] = new JsonArray([.. groups.Select(group => (JsonNode)group)]),
        });
        WaitApplied();
        return port;
    }

    public Instance Boot(string name, string network, string node, params string[] groups)
    {
        Instance instance = Cloud.Boot(name, node, CreatePort(name, network, node, groups));
        Cloud.WaitActive(instance);
        return instance;
    }

    public (string Id, IpAddress Address) FloatingIp(Instance instance)
    {
        JsonObject made = Api.Create("floatingips", new JsonObject
        {
            ["floating_network_id"] = ExternalNetwork,
            ["port_id"] = instance.PortId.ToString(),
        });
        WaitApplied();
        return ((string)made["id"]!, IpAddress.Parse((string)made["floating_ip_address"]!));
    }

    /// <summary>The MAC of the router on a network.</summary>
    public MacAddress RouterMac(string network) => MacAddress.Parse(
        (string)Api.List("ports", $"device_id={Router}&network_id={network}")[0]["mac_address"]!, null);

    /// <summary>A network with one subnet, on a router.</summary>
    /// <param name="type">provider:network_type, or null for what the cloud gives by itself.</param>
    public string AddNetwork(string name, string cidr, string gateway, string router, string? type = null)
    {
        JsonObject body = new() { ["name"] = name };
        if (type is not null)
        {
            body["provider:network_type"] = type;
        }

        string network = (string)Api.Create("networks", body)["id"]!;
        string subnet = (string)Api.Create("subnets", SubnetBody(network, IpPrefix.Parse(cidr, null), IpAddress.Parse(gateway)))["id"]!;
        Api.Act("routers", router, "add_router_interface", new JsonObject { ["subnet_id"] = subnet });
        return network;
    }

    public void WaitApplied()
    {
        string revision = Api.LastRevision;
        Cloud.WaitFor($"revision {revision} to be applied", () =>
        {
            JsonObject state = Api.Fetch($"vicinal/v1/revisions/{revision}");
            return (int)state["applied"]! >= (int)state["nodes"]!;
        });
    }

    public void Dispose()
    {
        Cloud.Dispose();
        BenchDirectory.Delete(_directory);
    }

    private static void Remove(LabPlan plan, string directory)
    {
        LabCloud.Sweep(plan);
        BenchDirectory.Delete(directory);
    }

    private void CreateNetworks()
    {
        LabPlan plan = Cloud.Plan;
        ExternalNetwork = (string)Api.Create("networks", new JsonObject
        {
            ["name"] = "external",
            ["router:external"] = true,
            ["provider:network_type"] = "flat",
            ["provider:physical_network"] = plan.PhysicalNetwork,
        })["id"]!;
        JsonObject external = SubnetBody(ExternalNetwork, plan.External, plan.Upstream);
        external["allocation_pools"] = new JsonArray(new JsonObject
        {
            ["start"] = IpAddress.FromValue(plan.External.Address.Value + 10).ToString(),
            ["end"] = IpAddress.FromValue(plan.External.Address.Value + 150).ToString(),
        });
        Api.Create("subnets", external);
        Router = (string)Api.Create("routers", new JsonObject
        {
            ["name"] = "router",
            ["external_gateway_info"] = new JsonObject { ["network_id"] = ExternalNetwork },
        })["id"]!;
        Blue = AddNetwork("blue", "10.1.0.0/16", "10.1.0.1", Router);
        Green = AddNetwork("green", "10.2.0.0/16", "10.2.0.1", Router);
        OpenGroup = (string)Api.Create("security-groups", new JsonObject { ["name"] = "open" })["id"]!;
        Api.Create("security-group-rules", new JsonObject { ["security_group_id"] = OpenGroup, ["direction"] = "ingress", ["ethertype"] = "IPv4" });
    }

    private static JsonObject SubnetBody(string network, IpPrefix cidr, IpAddress gateway) => new()
    {
        ["network_id"] = network,
        ["ip_version"] = 4,
        ["cidr"] = cidr.ToString(),
        ["gateway_ip"] = gateway.ToString(),
        ["enable_dhcp"] = false,
    };
}
