using System.Text.Json.Nodes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;
using Vicinal.Packets;

namespace Vicinal.Lab.Instances;

/// <summary>An instance as a lab has it: a namespace whose eth0 is the other end of its port's tap on the node.</summary>
public sealed record Instance(string Name, string Namespace, string Node, Guid PortId, MacAddress Mac, IReadOnlyList<IpAddress> Addresses)
{
    public string Device => DeviceOf(PortId);

    public IpAddress Address => Addresses.First(address => address.IsIpv4);

    public IpAddress AddressV6 => Addresses.First(address => address.IsIpv6);

    public static string DeviceOf(Guid portId) => string.Concat("tap", portId.ToString().AsSpan(0, 11));

    /// <summary>
    /// Makes the namespace and plugs it: addresses and default routes as the port and its subnets say. Offloads stay on, so the
    /// instance sends super-packets and unfinished checksums as a virtual machine does.
    /// </summary>
    public static Instance Boot(LabPlan plan, string name, string node, JsonObject port, IEnumerable<JsonObject> subnets, int mtu)
    {
        Guid id = Guid.Parse((string)port["id"]!);
        string networkNamespace = plan.Namespace(name);
        string nodeNamespace = plan.Namespace(node);
        string mac = (string)port["mac_address"]!;
        string device = DeviceOf(id);
        NetworkNamespace.Create(networkNamespace);
        IpCommand.Batch(nodeNamespace, [$"link add {device} mtu {mtu} type veth peer name eth0 address {mac} mtu {mtu} netns {networkNamespace}", $"link set {device} up"]);
        List<string> commands = ["link set lo up"];
        List<IpAddress> addresses = [];
        Dictionary<string, JsonObject> bySubnet = subnets.ToDictionary(subnet => (string)subnet["id"]!);
        List<string> routes = [];
        foreach (JsonNode? fixedIp in (JsonArray)port["fixed_ips"]!)
        {
            IpAddress address = IpAddress.Parse((string)fixedIp!["ip_address"]!);
            JsonObject subnet = bySubnet[(string)fixedIp["subnet_id"]!];
            int length = IpPrefix.Parse((string)subnet["cidr"]!, null).Length;
            addresses.Add(address);
            commands.Add($"addr add {address}/{length} dev eth0{(address.IsIpv6 ? " nodad" : "")}");
            if ((string?)subnet["gateway_ip"] is { } gateway)
            {
                routes.Add($"route add default via {gateway} dev eth0");
            }
        }

        commands.Add("link set eth0 up");
        IpCommand.Batch(networkNamespace, [.. commands, .. routes]);
        return new Instance(name, networkNamespace, node, id, MacAddress.Parse(mac), addresses);
    }

    public void Delete(LabPlan plan)
    {
        IpCommand.TryRun("-n", plan.Namespace(Node), "link", "del", Device);
        NetworkNamespace.Open(Namespace).Delete();
    }
}
