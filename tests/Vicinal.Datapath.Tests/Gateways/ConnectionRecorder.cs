using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Nat;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>Many translated connections of a router, as the records of a node that serves it.</summary>
internal sealed class ConnectionRecorder : IConnectionReplicas
{
    private readonly List<ConnectionRecord> _records = [];

    public ConnectionRecorder(GatewayCloud cloud, int count)
    {
        ZoneDirectory zones = new();
        uint zone = zones.Add(new ZoneOwner(ZoneOwnerKind.Router, cloud.Router.Id));
        ConnectionTracker tracker = new(new ConnectionLimits { Total = count, PerZone = count }, 1, zones: zones);
        SourceNatAllocator allocator = new(tracker, 1);
        IpAddress snat = IpAddress.Parse("198.51.100.2");
        for (int i = 0; i < count; i++)
        {
            ConnectionTuple original = new(
                IpAddress.FromIpv4(0x0A000100 + (uint)(i % 200)), IpAddress.FromIpv4(0xCB007100 + (uint)(i / 50_000)), (ushort)(1024 + (i % 60_000)), 443, IpProtocol.Tcp);
            allocator.TryFind(zone, in original, snat, out ConnectionTuple reply).ShouldBeTrue();
            tracker.Commit(zone, in original, in reply, default, 0, out DropReason refusal).IsNone.ShouldBeFalse(refusal.ToString());
        }

        tracker.ReplicateAll(zone, this);
    }

    public void PutAll(Node node)
    {
        foreach (ConnectionRecord record in _records)
        {
            node.PutReplica(in record, 1000).ShouldBeTrue();
        }
    }

    void IConnectionReplicas.Put(in ConnectionRecord record) => _records.Add(record);

    void IConnectionReplicas.Remove(in ConnectionRecord record) => throw new InvalidOperationException("Nothing ends here.");
}
