using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests;

[Collection(NetworkCollection.Name)]
public sealed class PacketSocketDeviceTests
{
    private static readonly MacAddress MacA = MacAddress.Parse("02:00:00:00:00:0a");
    private static readonly MacAddress MacB = MacAddress.Parse("02:00:00:00:00:0b");

    [Fact]
    public void A_frame_crosses_a_veth_unchanged()
    {
        using TestNamespace ns = new("cross");
        (PacketSocketDevice a, PacketSocketDevice b) = OpenPair(ns);
        using (a)
        using (b)
        {
            PacketBuffer sent = Frames.Ethernet(MacB, MacA, Frames.TestEtherType, "hello"u8);
            ((IFrameDevice)a).Send(sent).ShouldBeTrue();
            PacketBuffer? received = Frames.WaitFor(b, f => Frames.EtherTypeOf(f) == Frames.TestEtherType);
            received.ShouldNotBeNull().Span.ToArray().ShouldBe(sent.Span.ToArray());
            a.Counters.SentFrames.ShouldBe(1);

            // The kernel's own IPv6 may speak on a fresh link; only our frame must not come back.
            PacketBuffer[] heard = Frames.Buffers(4);
            int count = a.Receive(heard);
            heard.Take(count).ShouldNotContain(f => Frames.EtherTypeOf(f) == Frames.TestEtherType, "a device must not hear what it sent");
        }
    }

    [Theory]
    [InlineData(0x8100)]
    [InlineData(0x88A8)]
    public void A_vlan_tag_is_kept(int tagProtocol)
    {
        using TestNamespace ns = new("vlan");
        (PacketSocketDevice a, PacketSocketDevice b) = OpenPair(ns);
        using (a)
        using (b)
        {
            // Tag control 0xA064: priority 5, VLAN 100; then the inner EtherType.
            PacketBuffer sent = Frames.Ethernet(MacB, MacA, (ushort)tagProtocol, [0xA0, 0x64, 0x88, 0xB5, 1, 2, 3, 4]);
            ((IFrameDevice)a).Send(sent).ShouldBeTrue();
            PacketBuffer? received = Frames.WaitFor(b, f => Frames.EtherTypeOf(f) == tagProtocol);
            received.ShouldNotBeNull().Span.ToArray().ShouldBe(sent.Span.ToArray());
        }
    }

    [Fact]
    public void A_frame_over_the_mtu_is_refused_and_counted_while_its_neighbours_pass()
    {
        using TestNamespace ns = new("mtu");
        (PacketSocketDevice a, PacketSocketDevice b) = OpenPair(ns);
        using (a)
        using (b)
        {
            PacketBuffer small = Frames.Ethernet(MacB, MacA, Frames.TestEtherType, new byte[100]);
            PacketBuffer large = Frames.Ethernet(MacB, MacA, Frames.TestEtherType, new byte[3000]);
            PacketBuffer runt = new();
            runt.CopyFrom(new byte[5]);
            a.Send([small, large, small, runt, small]).ShouldBe(3);
            a.Counters.SendErrors.ShouldBe(2);
            a.Counters.SentFrames.ShouldBe(3);
        }
    }

    [Fact]
    public void A_link_that_goes_down_comes_back_and_one_that_vanishes_is_gone()
    {
        using TestNamespace ns = new("down");
        (PacketSocketDevice a, PacketSocketDevice b) = OpenPair(ns);
        using (a)
        using (b)
        {
            PacketBuffer frame = Frames.Ethernet(MacB, MacA, Frames.TestEtherType, new byte[50]);
            ns.Route.SetDown("va");
            a.Send([frame]).ShouldBe(0);
            a.State.ShouldBe(DeviceState.Down);
            a.Counters.SendDropped.ShouldBe(1);

            ns.SetUp("va");
            a.Send([frame]).ShouldBe(1);
            a.State.ShouldBe(DeviceState.Up);

            ns.Route.DeleteLink("va");
            a.Receive(Frames.Buffers(1)).ShouldBe(0);
            a.State.ShouldBe(DeviceState.Gone);
            b.Send([frame]).ShouldBe(0);
            b.State.ShouldBe(DeviceState.Gone);
        }
    }

    [Fact]
    public void Opening_what_does_not_exist_says_so()
    {
        using TestNamespace ns = new("none");
        DeviceException e = Should.Throw<DeviceException>(() => ns.Run(() => PacketSocketDevice.Open("nothere")));
        e.IsMissing.ShouldBeTrue();
        e.Message.ShouldContain("nothere");
    }

    [Fact]
    public void Receiving_and_sending_allocate_nothing()
    {
        using TestNamespace ns = new("alloc");
        (PacketSocketDevice a, PacketSocketDevice b) = OpenPair(ns);
        using (a)
        using (b)
        {
            PacketBuffer[] frames = [.. Enumerable.Range(0, 32).Select(_ => Frames.Ethernet(MacB, MacA, Frames.TestEtherType, new byte[100]))];
            PacketBuffer[] buffers = Frames.Buffers(32);

            // All code must have run once, and a new veth loses its first frames.
            SpinWait.SpinUntil(
                () =>
                {
                    Exchange(a, b, frames, buffers);
                    return b.Counters.ReceivedFrames > 320;
                },
                5000).ShouldBeTrue();
            long received = b.Counters.ReceivedFrames;
            long allocated = Allocations.Of(() =>
            {
                for (int i = 0; i < 100; i++)
                {
                    Exchange(a, b, frames, buffers);
                }
            });
            allocated.ShouldBe(0);
            (b.Counters.ReceivedFrames - received).ShouldBeGreaterThan(3000);
        }
    }

    private static void Exchange(PacketSocketDevice a, PacketSocketDevice b, PacketBuffer[] frames, PacketBuffer[] buffers)
    {
        a.Send(frames);
        while (b.Receive(buffers) > 0)
        {
        }
    }

    private static (PacketSocketDevice A, PacketSocketDevice B) OpenPair(TestNamespace ns)
    {
        ns.Route.CreateVeth(new VethEnd("va") { MacAddress = MacA }, new VethEnd("vb") { MacAddress = MacB });
        ns.SetUp("va", "vb");
        return ns.Run(() => (PacketSocketDevice.Open("va"), PacketSocketDevice.Open("vb")));
    }
}
