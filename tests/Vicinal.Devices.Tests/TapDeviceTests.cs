using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests;

[Collection(NetworkCollection.Name)]
public sealed class TapDeviceTests
{
    private static readonly MacAddress OurMac = MacAddress.Parse("fa:16:3e:00:00:60");

    [Fact]
    public void The_kernel_pings_an_address_behind_a_tap()
    {
        using TestNamespace ns = new("tap");
        using TapDevice tap = ns.Run(() => TapDevice.Open("tap0"));
        tap.State.ShouldBe(DeviceState.Down);
        ns.Route.SetUp("tap0");
        ns.Route.AddAddress("tap0", IpAddress.Parse("10.5.0.1"), 24);
        (MemoryDevice unused, _) = MemoryDevice.CreatePair("m", default, "n", default);
        using Responder responder = new(tap, unused, OurMac, IpAddress.Parse("10.5.0.50"));
        ns.Execute("ping", "-c3", "-i0.2", "-W1", "10.5.0.50");
        tap.State.ShouldBe(DeviceState.Up);
    }

    [Fact]
    public void Super_packets_of_the_kernel_come_whole()
    {
        using TestNamespace a = new("tsa");
        using TestNamespace b = new("tsb");
        using TapDevice tapA = a.Run(() => TapDevice.Open("tap0"));
        using TapDevice tapB = b.Run(() => TapDevice.Open("tap0"));
        foreach (TestNamespace ns in (TestNamespace[])[a, b])
        {
            ns.Route.SetUp("tap0");
            ns.Route.AddAddress("tap0", IpAddress.Parse(ns == a ? "10.5.0.1" : "10.5.0.2"), 24);
        }

        using Relay relay = new(tapA, tapB, tapB, tapA);
        using System.Diagnostics.Process server = b.Start("iperf3", "-s", "-1");
        SpinWait.SpinUntil(() => b.Execute("ss", "-Hltn").Contains(":5201 ", StringComparison.Ordinal), 3000).ShouldBeTrue();
        a.Execute("iperf3", "-c", "10.5.0.2", "-t", "1");
        server.WaitForExit();
        relay.LongestFrame.ShouldBeGreaterThan(20_000);
        a.Execute("nstat", "-asz", "TcpInCsumErrors").ShouldContain(" 0 ");
    }

    [Fact]
    public void A_tap_ends_with_its_device_unless_it_is_persistent()
    {
        using TestNamespace ns = new("pers");
        ns.Run(() => TapDevice.Open("tap0")).Dispose();
        ns.Route.FindLink("tap0").ShouldBeNull();
        using (TapDevice tap = ns.Run(() => TapDevice.Open("tap0")))
        {
            tap.SetPersistent(true);
        }

        ns.Route.GetLink("tap0").Kind.ShouldBe("tun");
        using TapDevice again = ns.Run(() => TapDevice.Open("tap0"));
        ns.Route.DeleteLink("tap0");
        again.Receive(Frames.Buffers(1)).ShouldBe(0);
        again.State.ShouldBe(DeviceState.Gone);
    }
}
