using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Namespaces;

[Collection(NetworkCollection.Name)]
public sealed class NetworkNamespaceTests
{
    [Fact]
    public void A_namespace_is_what_ip_netns_sees_and_ends_when_deleted()
    {
        string name = NetworkFixture.Unique("ns");
        NetworkNamespace ns = NetworkNamespace.Create(name);
        try
        {
            NetworkNamespace.List().ShouldContain(name);
            using Rtnetlink route = Rtnetlink.Open(ns);
            route.Links().ShouldHaveSingleItem().IsUp.ShouldBeTrue();
            using System.Diagnostics.Process list = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo("ip", ["netns", "list"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            list.StandardOutput.ReadToEnd().ShouldContain(name);
            list.WaitForExit();
            Should.Throw<DeviceException>(() => NetworkNamespace.Create(name)).AlreadyExists.ShouldBeTrue();
        }
        finally
        {
            ns.Delete();
        }

        NetworkNamespace.Exists(name).ShouldBeFalse();
        ns.Delete();
        Should.Throw<DeviceException>(() => NetworkNamespace.Open(name)).IsMissing.ShouldBeTrue();
    }

    [Fact]
    public void Work_runs_inside_and_the_caller_stays_where_it_was()
    {
        using TestNamespace ns = new("run");
        string before = Link();
        string inside = ns.Run(Link);
        inside.ShouldNotBe(before);
        Link().ShouldBe(before);
        Should.Throw<InvalidOperationException>(() => ns.Run(() => throw new InvalidOperationException("from inside"))).Message.ShouldBe("from inside");
        ns.Execute("readlink", "/proc/self/ns/net").Trim().ShouldBe(inside);

        static string Link() => File.ResolveLinkTarget("/proc/thread-self/ns/net", false)!.Name;
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void What_is_no_file_name_is_no_namespace_name(string name) =>
        Should.Throw<ArgumentException>(() => NetworkNamespace.Create(name));

    [Fact]
    public void Links_addresses_routes_and_neighbours_can_be_told_and_asked()
    {
        using TestNamespace ns = new("rt");
        using TestNamespace other = new("rt2");
        ns.Route.CreateBridge("br0");
        ns.Route.CreateVeth(new VethEnd("v0") { Mtu = 1400 }, new VethEnd("v1") { Namespace = other.Namespace });
        ns.Route.SetMaster("v0", "br0");
        ns.Route.SetUp("br0");
        ns.Route.SetUp("v0");
        ns.Route.SetAlias("v0", "port 42");
        other.Route.SetUp("v1");
        LinkInfo v0 = ns.Route.GetLink("v0");
        v0.MasterIndex.ShouldBe(ns.Route.GetLink("br0").Index);
        v0.Mtu.ShouldBe(1400);
        v0.Alias.ShouldBe("port 42");
        ns.Route.SetMaster("v0", null);
        ns.Route.GetLink("v0").MasterIndex.ShouldBe(0);

        MacAddress mac = MacAddress.Parse("02:11:22:33:44:55");
        ns.Route.SetMac("v0", mac);
        ns.Route.GetLink("v0").MacAddress.ShouldBe(mac);

        IpAddress address = IpAddress.Parse("192.0.2.1");
        IpAddress address6 = IpAddress.Parse("2001:db8::1");
        ns.Route.AddAddress("v0", address, 24);
        ns.Route.AddAddress("v0", address, 24);
        ns.Route.AddAddress("v0", address6, 64);
        ns.Route.AddressesOf("v0").ShouldContain(a => a.Address == address && a.PrefixLength == 24);
        ns.Route.AddressesOf("v0").ShouldContain(a => a.Address == address6 && !a.IsTentative);

        KernelRoute route = new(IpPrefix.Parse("198.51.100.0/24")) { Gateway = IpAddress.Parse("192.0.2.254"), Metric = 7 };
        KernelRoute all6 = new(IpPrefix.Parse("::/0")) { Gateway = IpAddress.Parse("2001:db8::fe"), LinkIndex = v0.Index, Metric = 9 };
        ns.Route.AddRoute(route);
        ns.Route.AddRoute(all6);
        ns.Route.Routes().ShouldContain(route with { LinkIndex = v0.Index });
        ns.Route.Routes().ShouldContain(all6);
        ns.Route.DeleteRoute(route);
        ns.Route.Routes().ShouldNotContain(r => r.Destination == route.Destination);

        ns.Route.AddNeighbour("v0", IpAddress.Parse("192.0.2.9"), mac);
        ns.Route.Neighbours().ShouldContain(n => n.Address.ToString() == "192.0.2.9" && n.MacAddress == mac && n.State == KernelNeighbourState.Permanent);
        ns.Route.DeleteNeighbour("v0", IpAddress.Parse("192.0.2.9"));
        ns.Route.DeleteAddress("v0", address, 24);
        ns.Route.AddressesOf("v0").ShouldNotContain(a => a.Address == address);

        ns.Route.SetDown("v0");
        ns.Route.MoveToNamespace("v0", other.Namespace);
        ns.Route.FindLink("v0").ShouldBeNull();
        other.Route.FindLink("v0").ShouldNotBeNull();
        DeviceException e = Should.Throw<DeviceException>(() => ns.Route.SetUp("v0"));
        e.IsMissing.ShouldBeTrue();
    }
}
