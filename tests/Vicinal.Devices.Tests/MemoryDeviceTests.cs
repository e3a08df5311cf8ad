using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests;

public sealed class MemoryDeviceTests
{
    [Fact]
    public void Frames_arrive_in_order_with_their_offload_until_the_queue_is_full()
    {
        (MemoryDevice a, MemoryDevice b) = MemoryDevice.CreatePair("a", default, "b", default, queueLength: 3);
        PacketBuffer[] sent = [.. Enumerable.Range(0, 5).Select(i => Frames.Ethernet(MacAddress.Broadcast, default, (ushort)i, new byte[i]))];
        sent[1].Offload.NeedsChecksum = true;
        a.Send(sent).ShouldBe(3);
        a.Counters.SendDropped.ShouldBe(2);
        PacketBuffer[] received = Frames.Buffers(5);
        b.Receive(received).ShouldBe(3);
        received[..3].Select(Frames.EtherTypeOf).ShouldBe([(ushort)0, (ushort)1, (ushort)2]);
        received[1].Offload.NeedsChecksum.ShouldBeTrue();
    }

    [Fact]
    public void Only_super_packets_may_exceed_the_mtu()
    {
        (MemoryDevice a, _) = MemoryDevice.CreatePair("a", default, "b", default, mtu: 1500);
        PacketBuffer frame = Frames.Ethernet(MacAddress.Broadcast, default, 0x800, new byte[4000]);
        a.Send([frame]).ShouldBe(0);
        frame.Offload.Gso = GsoType.TcpV4;
        a.Send([frame]).ShouldBe(1);
    }

    [Fact]
    public void A_pulled_cable_is_gone_at_both_ends()
    {
        (MemoryDevice a, MemoryDevice b) = MemoryDevice.CreatePair("a", default, "b", default);
        a.Dispose();
        b.State.ShouldBe(DeviceState.Gone);
        b.Send([Frames.Ethernet(MacAddress.Broadcast, default, 0x800, [])]).ShouldBe(0);
    }
}
