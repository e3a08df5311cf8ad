using Vicinal.Lab.Fabric;

namespace Vicinal.Bench.Wire.Peers;

/// <summary>The kernel's own overlay of one network: a bridge on each node with the guest's tap and a VXLAN device to the other node.</summary>
internal sealed class KernelBridge : IPeer
{
    private readonly TwoNodes _nodes;

    private KernelBridge(TwoNodes nodes)
    {
        _nodes = nodes;
        Paths = [new Path("kernel bridge + vxlan", Treatment.Switched, nodes.Namespace("guest1"), nodes.Namespace("guest2"), "10.9.2.2")];
    }

    public IReadOnlyList<Path> Paths { get; }

    public static IPeer Start(string name)
    {
        KernelBridge made = new(new TwoNodes(name));
        try
        {
            made.Join(1);
            made.Join(2);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    public void Dispose() => _nodes.Dispose();

    private void Join(int n)
    {
        IpCommand.Batch(_nodes.Namespace($"node{n}"),
        [
            $"addr add {TwoNodes.Underlay(n)}/24 dev eth0",
            $"link add vxlan0 type vxlan id 42 remote {TwoNodes.Underlay(3 - n)} local {TwoNodes.Underlay(n)} dstport 4789",
            $"link set vxlan0 mtu {TwoNodes.GuestMtu}",
            "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
            "link set vxlan0 master br0 up",
            $"link set tap{n} master br0 up",
            "link set br0 up",
        ]);
        IpCommand.Batch(_nodes.Namespace($"guest{n}"), [$"addr add 10.9.2.{n}/24 dev eth0", "link set eth0 up"]);
    }
}
