using System.Text.Json.Nodes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;
using Vicinal.Packets;

namespace Vicinal.Lab.Instances;

/// <summary>An instance as a lab has it: a namespace whose eth0 is the other side of its port's interface on the node.</summary>
public sealed record Instance(string Name, string Namespace, string Node, Guid PortId, MacAddress Mac, IReadOnlyList<IpAddress> Addresses)
{
    public string Device => Plug.DeviceOf(PortId);

    public IpAddress Address => Addresses.First(address => address.IsIpv4);

    public IpAddress AddressV6 => Addresses.First(address => address.IsIpv6);

    /// <summary>The instance, and how it is plugged: addresses and default routes as the port and its subnets say.</summary>
    public static (Instance Instance, Plug Plug) Describe(LabPlan plan, string name, string node, JsonObject port, IEnumerable<JsonObject> subnets, int mtu)
    {
        Guid id = Guid.Parse((string)port["id"]!);
        string networkNamespace = plan.Namespace(name);
        MacAddress mac = MacAddress.Parse((string)port["mac_address"]!, null);
        Dictionary<string, JsonObject> bySubnet = subnets.ToDictionary(subnet => (string)subnet["id"]!);
        List<(IpAddress Address, int PrefixLength)> addresses = [];
        List<IpAddress> gateways = [];
        foreach (JsonNode? fixedIp in (JsonArray)port["fixed_ips"]!)
        {
            IpAddress address = IpAddress.Parse((string)fixedIp!["ip_address"]!);
            JsonObject subnet = bySubnet[(string)fixedIp["subnet_id"]!];
            addresses.Add((address, IpPrefix.Parse((string)subnet["cidr"]!, null).Length));
            if ((string?)subnet["gateway_ip"] is { } gateway)
            {
                gateways.Add(IpAddress.Parse(gateway));
            }
        }

        Plug plug = new() { PortId = id, Namespace = networkNamespace, Mac = mac, Mtu = mtu, Addresses = addresses, Gateways = gateways };
        return (new Instance(name, networkNamespace, node, id, mac, [.. addresses.Select(entry => entry.Address)]), plug);
    }

    public void Delete(LabPlan plan)
    {
        IpCommand.TryRun("-n", plan.Namespace(Node), "link", "del", Device);
        NetworkNamespace.Open(Namespace).Delete();
    }
}
