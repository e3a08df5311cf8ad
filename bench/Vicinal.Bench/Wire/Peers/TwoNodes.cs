using Vicinal.Bench.Processes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;
using Vicinal.Packets;

namespace Vicinal.Bench.Wire.Peers;

/// <summary>
/// Two nodes as namespaces joined by one veth pair, guests, and an internet host behind the second node: the topology of a lab with a direct plan, for other
/// software to join. Addresses and routes are up to that. What is made here is deleted by <see cref="Dispose"/>, processes inside included.
/// <code>guest1 eth0 -- tap1 node1 eth0 -- eth0 node2 tap2 -- eth0 guest2 (veth)
///                                                   tap3 == eth0 guest3 (a tap each, with a process between)
///                                                   eth1 -- eth0 internet</code>
/// </summary>
internal sealed class TwoNodes : IDisposable
{
    public const int GuestMtu = 1442;
    public const string Internet = "203.0.113.1";

    private readonly LabPlan _plan;
    private readonly List<VmGuest> _vms = [];

    public TwoNodes(string name)
    {
        _plan = new LabPlan { Name = name, Nodes = [] };
        Interruption.Undo(Dispose);
        foreach (string member in (ReadOnlySpan<string>)["node1", "node2", "guest1", "guest2", "guest3", "internet"])
        {
            NetworkNamespace.Create(Namespace(member));
        }

        string node2 = Namespace("node2");
        IpCommand.Batch(Namespace("node1"), [$"link add eth0 mtu 1500 type veth peer name eth0 mtu 1500 netns {node2}", "link set eth0 up"]);
        IpCommand.Batch(node2, ["link set eth0 up", $"link add eth1 mtu 1500 type veth peer name eth0 mtu 1500 netns {Namespace("internet")}", "link set eth1 up"]);
        IpCommand.Batch(Namespace("internet"), [$"addr add {Internet}/24 dev eth0", "link set eth0 up"]);
        AddGuest("node1", 1);
        AddGuest("node2", 2);
        _vms.Add(VmGuest.Plug(node2, "tap3", Namespace("guest3"), MacOf(3), GuestMtu));
    }

    public string Namespace(string member) => _plan.Namespace(member);

    /// <summary>The underlay address of a node, which it is up to the peer to set.</summary>
    public static string Underlay(int node) => $"172.30.0.{node}";

    public static MacAddress MacOf(int guest) => MacAddress.Parse($"02:00:00:00:00:0{guest}", null);

    public void Dispose()
    {
        _vms.ForEach(vm => vm.Dispose());
        LabCloud.Sweep(_plan);
    }

    private void AddGuest(string node, int guest) => IpCommand.Batch(Namespace(node),
    [
        $"link add tap{guest} mtu {GuestMtu} type veth peer name eth0 address {MacOf(guest)} mtu {GuestMtu} netns {Namespace($"guest{guest}")}",
        $"link set tap{guest} up",
    ]);
}
