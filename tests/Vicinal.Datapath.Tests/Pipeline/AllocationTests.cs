using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

/// <summary>Packets cost no memory, neither those that the cache decides nor those that walk: a collector would stop the data path.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cached_flows_and_new_connections_allocate_nothing(bool mirrored)
    {
        NullOutput output = new();
        SimCloud cloud = new();
        SimNode c1 = cloud.AddNode("c1");
        cloud.AddNode("c2");
        SegmentRow network = cloud.AddNetwork();
        SegmentRow other = cloud.AddNetwork();
        Guid open = cloud.AddAllowAllGroup();
        SimPort a = cloud.AddPort(network, c1, [open], "10.0.1.5/24");
        SimPort b = cloud.AddPort(other, cloud.Fabric.Nodes[1], [open], "10.0.2.5/24");
        SimRouter router = cloud.AddRouter((network, "10.0.1.1/24"), (other, "10.0.2.1/24"));
        Node node = new(c1.Settings with { Limits = new NodeLimits { Connections = new() { Total = 1 << 16 }, Flows = 1 << 16, DecisionBurst = int.MaxValue / 2000 } }, output, mirrored ? new WillingMirror() : null);
        node.Apply([.. cloud.Rows.Select(r => new RowChange(r.Unit, r.Key, r))], 0);
        node.AttachPort(a.Id, 1);

        byte[] frame = PacketBuilder.Udp(new FrameEnds(a.Mac, router.Interfaces[0].Mac, a.Address, b.Address), 1000, 53, new byte[22]);
        PacketBuffer packet = new();
        PacketSource source = PacketSource.LocalPort(1);
        Send(2000, cached: false);
        Send(100, cached: true);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Send(10_000, cached: true);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0, "cached");
        before = GC.GetAllocatedBytesForCurrentThread();
        Send(2000, cached: false);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0, "new connections");
        output.Sent.ShouldBe(14_100);
        node.Counters.CacheHits.ShouldBeGreaterThanOrEqualTo(10_099);

        // With a mirror the answers' flows are there too.
        node.FlowCount.ShouldBe(mirrored ? 2 * node.ConnectionCount : node.ConnectionCount);

        void Send(int count, bool cached)
        {
            for (int i = 0; i < count; i++)
            {
                packet.CopyFrom(frame);
                if (!cached)
                {
                    _port++;
                    packet.Span[34] = (byte)(_port >> 8);
                    packet.Span[35] = (byte)_port;
                }

                node.Receive(in source, packet, 1);
            }
        }
    }

    private int _port = 2000;

    private sealed class NullOutput : IPacketOutput
    {
        public int Sent { get; private set; }

        public void ToPort(int device, PacketBuffer packet) => Sent++;

        public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos) => Sent++;

        public void ToPhysical(int index, PacketBuffer packet) => Sent++;

        public void ToHost(int index, PacketBuffer packet) => Sent++;
    }

    private sealed class WillingMirror : IFlowMirror
    {
        public bool Put(int slot, in FlowKey key, in FlowAction action) => true;

        public void Remove(int slot, in FlowKey key)
        {
        }

        public void SetGeneration(uint generationSlot, uint value)
        {
        }

        public void PutAnswer(in NeighborAnswer answer, ReadOnlySpan<GenerationStamp> stamps)
        {
        }
    }
}
