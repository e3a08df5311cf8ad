using Vicinal.Bench.Processes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;

namespace Vicinal.Bench.Wire;

/// <summary>What the kernel alone does between two guests: the floor, and its own overlay.</summary>
internal static class Peers
{
    /// <summary>Two namespaces on one veth pair.</summary>
    public static (Path Path, IDisposable Made) BareVeth(string name)
    {
        LabPlan plan = new() { Name = name, Nodes = [] };
        Interruption.Undo(() => LabCloud.Sweep(plan));
        string one = plan.Namespace("one");
        string two = plan.Namespace("two");
        NetworkNamespace.Create(one);
        NetworkNamespace.Create(two);
        IpCommand.Batch(one,
            ["link set lo up", $"link add eth0 mtu {PeerFabric.GuestMtu} type veth peer name eth0 mtu {PeerFabric.GuestMtu} netns {two}", "addr add 10.9.1.1/24 dev eth0", "link set eth0 up"]);
        IpCommand.Batch(two, ["link set lo up", "addr add 10.9.1.2/24 dev eth0", "link set eth0 up"]);
        return (new Path("bare veth pair, no nodes", one, two, "10.9.1.2"), new Swept(plan));
    }

    /// <summary>A bridge on each node with the guest's tap and a VXLAN device to the other node.</summary>
    public static (Path Path, IDisposable Made) KernelVxlan(string name)
    {
        PeerFabric fabric = new(name, "10.9.2");
        foreach (int n in (ReadOnlySpan<int>)[1, 2])
        {
            IpCommand.Batch(fabric.Namespace($"node{n}"),
            [
                $"addr add {PeerFabric.Underlay(n)}/24 dev eth0",
                $"link add vxlan0 type vxlan id 42 remote {PeerFabric.Underlay(3 - n)} local {PeerFabric.Underlay(n)} dstport 4789",
                $"link set vxlan0 mtu {PeerFabric.GuestMtu}",
                "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                "link set vxlan0 master br0 up",
                $"link set tap{n} master br0 up",
                "link set br0 up",
            ]);
        }

        return (fabric.Path("kernel bridge + vxlan"), fabric);
    }

    private sealed class Swept(LabPlan plan) : IDisposable
    {
        public void Dispose() => LabCloud.Sweep(plan);
    }
}
