using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Lab.Tenants;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>
/// What the demo's user asks for: a provider network, two private networks on a router, one without, and instances.
/// <code>
///   publicnet 203.0.113.0/24 ---- router r1 ---- blue  10.1.0.0/24: vm1 (c1), vm2 (c2), vm7 (c3)
///      |                             +---------- green 10.2.0.0/24: vm3 (c2), vm4 (c1)
///      +-- vm5 (c3)                              red   10.3.0.0/24: vm6 (c3), on no router
/// </code>
/// </summary>
public sealed class DemoTopology : IDisposable
{
    /// <summary>Every instance and the internet answer here, by TCP and UDP.</summary>
    public const int EchoPort = Tenants.OpenGroup.EchoPort;

    /// <summary>Answered too, but no security group lets it in.</summary>
    public const int ClosedPort = 7778;

    private readonly List<EchoServer> _servers = [];

    private DemoTopology(LabCloud cloud) => Cloud = cloud;

    public LabCloud Cloud { get; }

    public string Router { get; private set; } = "";

    public string PublicNetwork { get; private set; } = "";

    public string OpenGroup { get; private set; } = "";

    public IpAddress GatewayAddress { get; private set; }

    public IpAddress GatewayAddressV6 { get; private set; }

    public Dictionary<string, EchoServer> Echo { get; } = new(StringComparer.Ordinal);

    public Instance this[string name] => Cloud.Instances[name];

    public static DemoTopology Create(LabCloud cloud)
    {
        DemoTopology made = new(cloud);
        made.CreateNetworks(out Dictionary<string, string> networks);
        made.OpenGroup = Tenants.OpenGroup.Create(cloud.Neutron);
        made.Boot(networks);
        made.ServeEchoes();
        return made;
    }

    public void Dispose() => _servers.ForEach(server => server.Dispose());

    private void CreateNetworks(out Dictionary<string, string> networks)
    {
        NeutronClient api = Cloud.Neutron;
        networks = [];
        PublicNetwork = ExternalNetwork.Create(Cloud);
        networks["publicnet"] = PublicNetwork;
        Router = (string)api.Create("routers", new JsonObject
        {
            ["name"] = "r1",
            ["external_gateway_info"] = new JsonObject { ["network_id"] = PublicNetwork },
        })["id"]!;
        int number = 0;
        foreach (string name in (string[])["blue", "green", "red"])
        {
            number++;
            string network = (string)api.Create("networks", new JsonObject { ["name"] = name })["id"]!;
            networks[name] = network;
            IpPrefix v4 = IpPrefix.Parse($"10.{number}.0.0/24", null);
            IpPrefix v6 = IpPrefix.Parse($"2001:db8:b{number}::/64", null);
            foreach ((string suffix, IpPrefix cidr) in (ReadOnlySpan<(string, IpPrefix)>)[("v4", v4), ("v6", v6)])
            {
                string subnet = LabSubnet.Create(api, network, $"{name}-{suffix}", cidr, LabSubnet.AddressOf(cidr, 1));
                if (name != "red")
                {
                    api.Act("routers", Router, "add_router_interface", new JsonObject { ["subnet_id"] = subnet });
                }
            }
        }

        ReadGateway();
    }

    private void ReadGateway()
    {
        JsonObject router = Cloud.Neutron.Get("routers", Router);
        foreach (JsonNode? fixedIp in (JsonArray)router["external_gateway_info"]!["external_fixed_ips"]!)
        {
            IpAddress address = IpAddress.Parse((string)fixedIp!["ip_address"]!);
            if (address.IsIpv4)
            {
                GatewayAddress = address;
            }
            else
            {
                GatewayAddressV6 = address;
            }
        }

        // The upstream router knows the way to the private IPv6 networks, as it must without NAT.
        IpCommand.Batch(Cloud.Plan.Namespace("internet"),
            ((int[])[1, 2]).Select(n => $"route add 2001:db8:b{n}::/64 via {GatewayAddressV6} dev {FabricScript.ExternalNic}"));
    }

    private void Boot(Dictionary<string, string> networks)
    {
        foreach ((string name, string network, string node, bool open) in (ReadOnlySpan<(string, string, string, bool)>)
        [
            ("vm1", "blue", "c1", true), ("vm2", "blue", "c2", true), ("vm3", "green", "c2", true), ("vm4", "green", "c1", true),
            ("vm5", "publicnet", "c3", true), ("vm6", "red", "c3", true), ("vm7", "blue", "c3", false),
        ])
        {
            JsonObject body = new() { ["name"] = name, ["network_id"] = networks[network], ["binding:host_id"] = node, ["device_owner"] = "compute:nova" };
            if (open)
            {
                body["security_groups"] = new JsonArray(OpenGroup);
            }

            Cloud.Boot(name, node, Cloud.Neutron.Create("ports", body));
        }

        Cloud.WaitActive(Cloud.Instances.Values);
        Cloud.WaitGateway(Router);
    }

    private void ServeEchoes()
    {
        foreach (string place in Cloud.Instances.Keys.Append("internet"))
        {
            IReadOnlyList<IpAddress> addresses = place == "internet" ? [Cloud.Plan.Internet, Cloud.Plan.InternetV6] : [];
            Echo[place] = EchoServer.Start(Cloud.Namespace(place), EchoPort, addresses);
            _servers.Add(Echo[place]);
            _servers.Add(EchoServer.Start(Cloud.Namespace(place), ClosedPort, addresses));
        }
    }
}
