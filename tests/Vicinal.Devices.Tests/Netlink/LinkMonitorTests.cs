using System.Diagnostics;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Netlink;

[Collection(NetworkCollection.Name)]
public sealed class LinkMonitorTests
{
    [Fact]
    public void A_veth_is_seen_within_fifty_milliseconds()
    {
        using TestNamespace ns = new("mon");
        using LinkMonitor monitor = LinkMonitor.Open(ns.Namespace);
        List<LinkEvent> events = [];
        monitor.Read(events);
        events.ShouldContain(e => e.Change == LinkChange.Appeared && e.Link.Name == "lo");

        using Poller poller = new();
        poller.Add(monitor.PollHandle, 1);
        PollEvent[] ready = new PollEvent[1];
        MacAddress mac = MacAddress.Parse("fa:16:3e:00:00:01");
        long start = Stopwatch.GetTimestamp();
        ns.Route.CreateVeth(new VethEnd("tap0") { MacAddress = mac, Mtu = 1442 }, new VethEnd("peer0"));
        poller.Wait(ready, 1000).ShouldBe(1);
        events.Clear();
        monitor.Read(events);
        Stopwatch.GetElapsedTime(start).TotalMilliseconds.ShouldBeLessThan(50);

        LinkInfo tap = events.Last(e => e.Link.Name == "tap0").Link;
        tap.MacAddress.ShouldBe(mac);
        tap.Mtu.ShouldBe(1442);
        tap.Kind.ShouldBe("veth");
        tap.IsUp.ShouldBeFalse();
    }

    [Fact]
    public void Changes_renames_and_the_end_of_a_link_are_told()
    {
        using TestNamespace ns = new("chg");
        using LinkMonitor monitor = LinkMonitor.Open(ns.Namespace);
        List<LinkEvent> events = [];
        ns.Route.CreateVeth(new VethEnd("a0"), new VethEnd("b0"));
        monitor.Read(events);

        ns.Route.SetUp("a0");
        ns.Route.SetMtu("a0", 1400);
        ns.Route.SetDown("a0");
        ns.Route.Rename("a0", "a1");
        events.Clear();
        monitor.Read(events);
        events.ShouldContain(e => e.Link.Name == "a0" && e.Link.IsUp && !e.Before!.IsUp);
        events.ShouldContain(e => e.Link.Mtu == 1400);
        events.ShouldContain(e => e.Link.Name == "a1" && e.Before!.Name == "a0");

        ns.Route.DeleteLink("a1");
        events.Clear();
        monitor.Read(events);
        events.Where(e => e.Change == LinkChange.Vanished).Select(e => e.Link.Name).Order().ShouldBe(["a1", "b0"]);
    }

    [Fact]
    public void After_lost_messages_the_links_are_right_again()
    {
        using TestNamespace ns = new("ovf");
        using LinkMonitor monitor = ns.Run(() => LinkMonitor.Open(receiveBytes: 2048));
        List<LinkEvent> events = [];
        monitor.Read(events);
        for (int i = 0; i < 40; i++)
        {
            ns.Route.CreateVeth(new VethEnd($"x{i}"), new VethEnd($"y{i}"));
        }

        for (int i = 0; i < 20; i++)
        {
            ns.Route.DeleteLink($"x{i}");
        }

        monitor.Read(events);
        monitor.Resynchronisations.ShouldBeGreaterThan(0);
        monitor.Links.Select(l => l.Name).Order(StringComparer.Ordinal)
            .ShouldBe(ns.Route.Links().Select(l => l.Name).Order(StringComparer.Ordinal));
    }
}
