using Vicinal.Datapath.Connections;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>Takes what a node says of its connections to the other gateway nodes, in order and without loss while it is whole.</summary>
internal sealed class SimReplicas(SimFabric fabric) : IConnectionReplicas
{
    public List<SimNode> To { get; } = [];

    public bool IsCut { get; set; }

    public int Said { get; private set; }

    public void Put(in ConnectionRecord record)
    {
        ConnectionRecord copy = record;
        Say(node => node.PutReplica(in copy, fabric.Now));
    }

    public void Remove(in ConnectionRecord record)
    {
        ConnectionRecord copy = record;
        Say(node => node.RemoveReplica(in copy));
    }

    private void Say(Action<Node> what)
    {
        Said++;
        foreach (SimNode node in IsCut ? [] : To)
        {
            fabric.Enqueue(() => what(node.Node));
        }
    }
}
