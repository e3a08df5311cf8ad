using Vicinal.Bench.Processes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;

namespace Vicinal.Bench.Wire.Peers;

/// <summary>Two namespaces on one veth pair: the floor under everything, sender and receiver included.</summary>
internal sealed class BareVeth : IPeer
{
    private readonly LabPlan _plan;

    private BareVeth(LabPlan plan)
    {
        _plan = plan;
        Paths = [new Path("bare veth pair, no nodes", Treatment.Floor, plan.Namespace("one"), plan.Namespace("two"), "10.9.1.2")];
    }

    public IReadOnlyList<Path> Paths { get; }

    public static IPeer Start(string name)
    {
        LabPlan plan = new() { Name = name, Nodes = [] };
        Interruption.Undo(() => LabCloud.Sweep(plan));
        string one = plan.Namespace("one");
        string two = plan.Namespace("two");
        NetworkNamespace.Create(one);
        NetworkNamespace.Create(two);
        IpCommand.Batch(one,
            [$"link add eth0 mtu {TwoNodes.GuestMtu} type veth peer name eth0 mtu {TwoNodes.GuestMtu} netns {two}", "addr add 10.9.1.1/24 dev eth0", "link set eth0 up"]);
        IpCommand.Batch(two, ["addr add 10.9.1.2/24 dev eth0", "link set eth0 up"]);
        return new BareVeth(plan);
    }

    public void Dispose() => LabCloud.Sweep(_plan);
}
