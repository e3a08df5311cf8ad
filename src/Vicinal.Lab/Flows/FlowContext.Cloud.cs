using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>What a flow asks of the cloud besides its probes.</summary>
public sealed partial class FlowContext
{
    /// <summary>The router's addresses on blue and green.</summary>
    public IReadOnlyList<IpAddress> RouterAddresses =>
        [.. Interfaces().SelectMany(AddressesOf)];

    /// <summary>The upstream router's MAC on the external segment.</summary>
    public MacAddress UpstreamMac =>
        MacAddress.Parse(IpCommand.Run("-n", Cloud.Plan.Namespace("internet"), "-o", "link", "show", External).Split("link/ether ")[1][..17], null);

    public IpAddress RouterAddress(string network, bool ipv6) => AddressesOf(InterfaceOn(network, ipv6)).First(a => a.IsIpv6 == ipv6);

    /// <summary>The MAC of the router's interface on a network; as in Neutron, each family has a port of its own.</summary>
    public MacAddress RouterMac(string network, bool ipv6 = false) => MacAddress.Parse((string)InterfaceOn(network, ipv6)["mac_address"]!, null);

    public int NetworkMtu(string network) => (int)Neutron.List("networks", $"name={network}")[0]["mtu"]!;

    /// <summary>An ARP request for an address from the internet host, past its own cache.</summary>
    public void ArpAsk(FlowReport report, IpAddress address)
    {
        report.Send($"internet asks by ARP who has {address}");
        RawFrame.Send(Cloud.Namespace("internet"), External, PacketBuilder.ArpRequest(UpstreamMac, Cloud.Plan.Upstream, address));
    }

    /// <summary>One TCP attempt whose outcome is left to the captures.</summary>
    public void TryConnect(FlowReport report, string from, IpAddress to, int port)
    {
        report.Send($"{from} -> {to}: TCP {port}");
        EchoProbe.Tcp(Cloud.Namespace(from), to, port, timeoutMilliseconds: 300);
    }

    /// <summary>The internet host sends what is for an address to another, while the probes run.</summary>
    public void RouteTo(IpAddress destination, IpAddress via, Action probes)
    {
        string space = Cloud.Plan.Namespace("internet");
        IpCommand.Run("-n", space, "route", "add", destination.ToString(), "via", via.ToString(), "dev", External);
        try
        {
            probes();
        }
        finally
        {
            IpCommand.Run("-n", space, "route", "del", destination.ToString());
        }
    }

    /// <summary>The instance believes in another MTU than its network has, while the probes run.</summary>
    public void WithInterfaceMtu(string instance, int mtu, Action probes)
    {
        string space = Cloud.Namespace(instance);
        string device = Vm(instance).Device;
        string node = Cloud.Plan.Namespace(Vm(instance).Node);
        int before = NetworkMtu("blue");
        IpCommand.Run("-n", space, "link", "set", "eth0", "mtu", $"{mtu}");
        IpCommand.Run("-n", node, "link", "set", device, "mtu", $"{mtu}");
        try
        {
            probes();
        }
        finally
        {
            IpCommand.Run("-n", space, "link", "set", "eth0", "mtu", $"{before}");
            IpCommand.Run("-n", node, "link", "set", device, "mtu", $"{before}");
        }
    }

    private IReadOnlyList<JsonObject> Interfaces() => [.. Neutron.List("ports", $"device_id={Topology.Router}")
        .Where(port => ((string)port["device_owner"]!).StartsWith("network:router_interface", StringComparison.Ordinal))];

    private JsonObject InterfaceOn(string network, bool ipv6)
    {
        string id = (string)Neutron.List("networks", $"name={network}")[0]["id"]!;
        return Interfaces().First(port => (string)port["network_id"]! == id && AddressesOf(port).Any(a => a.IsIpv6 == ipv6));
    }

    private static IEnumerable<IpAddress> AddressesOf(JsonObject port) =>
        port["fixed_ips"]!.AsArray().Select(ip => IpAddress.Parse((string)ip!["ip_address"]!));
}
