using System.Text.Json.Nodes;
using Vicinal.Bench.Labs;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Plan;
using Vicinal.Packets;

namespace Vicinal.Bench.Wire.Peers;

/// <summary>
/// Vicinal itself on Geneve networks, and on VXLAN networks, which the kernel routing beside it has too: a server and two agents, c1 as a compute and g1 as a compute that serves the gateway as well, on the topology of <see cref="TwoNodes"/>.
/// </summary>
internal sealed class VicinalCloud : IPeer
{
    private const string PlainNetwork = "10.3.0.0/16";

    private readonly BenchLab _lab;
    private readonly List<VmGuest> _vms = [];

    private VicinalCloud(BenchLab lab) => _lab = lab;

    public IReadOnlyList<Path> Paths { get; private set; } = [];

    /// <exception cref="LabException">An agent refuses that datapath, or something did not come up.</exception>
    public static IPeer Start(string name, string datapath)
    {
        VicinalCloud made = new(BenchLab.Up(new LabPlan
        {
            Name = name,
            Nodes = [new LabNode("c1", "dvr", 11, External: false), new LabNode("g1", "dvr_snat", 21)],
            Direct = true,
            Datapath = datapath,
        }));
        try
        {
            made.BootGuests($"Vicinal {datapath}");
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _vms.ForEach(vm => vm.Dispose());
        _lab.Dispose();
    }

    private void BootGuests(string variant)
    {
        Instance one = _lab.Boot("one", _lab.Blue, "c1", _lab.OpenGroup);
        Instance two = _lab.Boot("two", _lab.Blue, "g1", _lab.OpenGroup);
        Instance three = _lab.Boot("three", _lab.Green, "g1", _lab.OpenGroup);
        Instance vm = BootVm("vm", _lab.Green, "10.2.0.1");
        string vxlan = _lab.AddNetwork("vxlan", "10.5.0.0/16", "10.5.0.1", _lab.Router, "vxlan");
        Instance four = _lab.Boot("four", _lab.AddNetwork("vxlan-from", "10.4.0.0/16", "10.4.0.1", _lab.Router, "vxlan"), "c1", _lab.OpenGroup);
        Instance five = _lab.Boot("five", vxlan, "g1", _lab.OpenGroup);
        Instance vmOfVxlan = BootVm("vm-vxlan", vxlan, "10.5.0.1");
        Instance floating = _lab.Boot("floating", _lab.Blue, "g1", _lab.OpenGroup);
        _lab.FloatingIp(floating);
        Instance plain = _lab.Boot("plain", AddPlainNetwork(), "g1", _lab.OpenGroup);
        string internet = _lab.Cloud.Namespace("internet");
        string outside = _lab.Cloud.Plan.Internet.ToString();
        AgentUnderTest[] agents = [.. ((string[])["c1", "g1"]).Select(node => new AgentUnderTest(_lab.Cloud.Agent(node).Id, _lab.Cloud.StateOf(node)))];
        Paths =
        [
            new Path(variant, Treatment.Switched, one.Namespace, two.Namespace, two.Address.ToString()) { Agents = agents },
            new Path(variant, Treatment.Routed, one.Namespace, three.Namespace, three.Address.ToString()) { Agents = agents },
            new Path(variant, Treatment.RoutedToVm, one.Namespace, vm.Namespace, vm.Address.ToString()) { Agents = agents },
            new Path($"{variant}, VXLAN", Treatment.Routed, four.Namespace, five.Namespace, five.Address.ToString()) { Agents = agents },
            new Path($"{variant}, VXLAN", Treatment.RoutedToVm, four.Namespace, vmOfVxlan.Namespace, vmOfVxlan.Address.ToString()) { Agents = agents },
            new Path(variant, Treatment.Plain, plain.Namespace, internet, outside) { Agents = agents },
            new Path(variant, Treatment.FloatingIp, floating.Namespace, internet, outside) { Agents = agents },
            new Path(variant, Treatment.SourceNat, one.Namespace, internet, outside) { Agents = agents },
        ];
    }

    private Instance BootVm(string name, string network, string gateway)
    {
        JsonObject port = _lab.CreatePort(name, network, "g1", _lab.OpenGroup);
        Guid id = Guid.Parse((string)port["id"]!);
        MacAddress mac = MacAddress.Parse((string)port["mac_address"]!, null);
        IpAddress address = IpAddress.Parse((string)port["fixed_ips"]![0]!["ip_address"]!);
        string inside = _lab.Cloud.Plan.Namespace(name);
        NetworkNamespace.Create(inside);
        _vms.Add(VmGuest.Plug(_lab.Cloud.Namespace("g1"), Plug.DeviceOf(id), inside, mac, TwoNodes.GuestMtu));
        IpCommand.Batch(inside, [$"addr add {address}/16 dev eth0", $"route add default via {gateway}"]);
        Instance instance = new(name, inside, "g1", id, mac, [address]);
        _lab.Cloud.WaitActive(instance);
        return instance;
    }

    /// <summary>A network on a router that translates nothing; the internet host knows the way back.</summary>
    private string AddPlainNetwork()
    {
        JsonObject router = _lab.Api.Create("routers", new JsonObject
        {
            ["name"] = "plain",
            ["external_gateway_info"] = new JsonObject { ["network_id"] = _lab.ExternalNetwork, ["enable_snat"] = false },
        });
        string address = (string)router["external_gateway_info"]!["external_fixed_ips"]![0]!["ip_address"]!;
        string network = _lab.AddNetwork("plain", PlainNetwork, "10.3.0.1", (string)router["id"]!);
        IpCommand.Run("-n", _lab.Cloud.Namespace("internet"), "route", "add", PlainNetwork, "via", address);
        return network;
    }
}
