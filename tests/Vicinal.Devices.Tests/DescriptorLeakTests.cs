using Vicinal.Devices.Captures;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Devices.Tunnels;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests;

[Collection(NetworkCollection.Name)]
public sealed class DescriptorLeakTests
{
    [Fact]
    public void Whatever_is_opened_and_closed_or_fails_to_open_leaves_no_descriptor()
    {
        using TestNamespace ns = new("leak");
        ns.Route.CreateVeth(new VethEnd("va"), new VethEnd("vb"));
        ns.SetUp("va", "vb");
        ns.Route.AddAddress("va", IpAddress.Parse("10.4.0.1"), 24);
        ns.Run(OpenAndCloseAll);
        int before = Count();
        for (int i = 0; i < 10; i++)
        {
            ns.Run(OpenAndCloseAll);
            NetworkNamespace made = NetworkNamespace.Create(NetworkFixture.Unique("made"));
            made.Run(() => { });
            made.Delete();
        }

        Count().ShouldBeLessThanOrEqualTo(before + 2, "the runtime itself may open one or two");
    }

    private static void OpenAndCloseAll()
    {
        PacketSocketDevice.Open("va", HostPort.NicOptions).Dispose();
        HostPort.Open("va").Dispose();
        TapDevice.Open("tap0").Dispose();
        TunnelSocket.Open(IpAddress.Parse("10.4.0.1"), 6081).Dispose();
        GreSocket.Open(IpAddress.Parse("10.4.0.1")).Dispose();
        LinkMonitor.Open().Dispose();
        FrameGuard.Open().Dispose();
        Rtnetlink.Open().Dispose();
        new Poller().Dispose();
        _ = Capabilities.Detect();
        using (MemoryStream stream = new())
        {
            new CaptureDevice(PacketSocketDevice.Open("vb"), new PcapWriter(stream), () => 0).Dispose();
        }

        Should.Throw<DeviceException>(() => PacketSocketDevice.Open("nothere"));
        Should.Throw<DeviceException>(() => HostPort.Open("nothere"));
        Should.Throw<DeviceException>(() => TapDevice.Open("va"));
        Should.Throw<DeviceException>(() => TunnelSocket.Open(IpAddress.Parse("192.0.2.77"), 6081));
        Should.Throw<DeviceException>(() => GreSocket.Open(IpAddress.Parse("192.0.2.77")));
    }

    private static int Count() => Directory.GetFiles("/proc/self/fd").Length;
}
