using Vicinal.Bench.Processes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;

namespace Vicinal.Bench.Wire;

/// <summary>
/// Two nodes as namespaces on one wire, the way a lab's are, with one guest each, for other software to join. What is made here is deleted
/// by <see cref="Dispose"/>, processes inside included.
/// <code>guest1 eth0 -- tap1 node1 eth0 -- bridge -- eth0 node2 tap2 -- eth0 guest2</code>
/// </summary>
internal sealed class PeerFabric : IDisposable
{
    public const int GuestMtu = 1442;

    private readonly LabPlan _plan;

    public PeerFabric(string name, string prefix = "10.9.0")
    {
        _plan = new LabPlan { Name = name, Nodes = [] };
        Interruption.Undo(Dispose);
        foreach (string member in (ReadOnlySpan<string>)["wire", "node1", "node2", "guest1", "guest2"])
        {
            NetworkNamespace.Create(Namespace(member));
        }

        IpCommand.Batch(Namespace("wire"),
            ["link add br0 mtu 1500 type bridge stp_state 0 forward_delay 0 mcast_snooping 0", "link set br0 up"]);
        foreach (int n in (ReadOnlySpan<int>)[1, 2])
        {
            IpCommand.Batch(Namespace("wire"),
                [$"link add p{n} mtu 1500 type veth peer name eth0 mtu 1500 netns {Namespace($"node{n}")}", $"link set p{n} master br0 up"]);
            IpCommand.Batch(Namespace($"node{n}"),
                ["link set lo up", "link set eth0 up", $"link add tap{n} mtu {GuestMtu} type veth peer name eth0 mtu {GuestMtu} netns {Namespace($"guest{n}")}", $"link set tap{n} up"]);
            IpCommand.Batch(Namespace($"guest{n}"), ["link set lo up", $"addr add {prefix}.{n}/24 dev eth0", "link set eth0 up"]);
        }

        Address = $"{prefix}.2";
    }

    /// <summary>Guest 2's.</summary>
    public string Address { get; }

    public string Namespace(string member) => _plan.Namespace(member);

    public Path Path(string what) => new(what, Namespace("guest1"), Namespace("guest2"), Address);

    public static string Underlay(int node) => $"172.30.0.{node}";

    public void Dispose() => LabCloud.Sweep(_plan);
}
