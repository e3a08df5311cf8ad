using System.Diagnostics;
using System.Globalization;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Guards;

[Collection(NetworkCollection.Name)]
public sealed class FrameGuardTests
{
    private static readonly IpAddress HostAddress = IpAddress.Parse("10.9.0.1");
    private static readonly IpAddress GuestAddress = IpAddress.Parse("10.9.0.2");
    private static readonly MacAddress OwnMac = MacAddress.Parse("fa:16:3e:00:00:77");

    [Fact]
    public void A_guest_reaches_no_address_of_its_node_through_its_tap_and_we_still_hear_it()
    {
        using TestNamespace node = new("node");
        using TestNamespace guest = new("guest");
        Plug(node, guest);

        // The node's address lies on another interface, and would answer all the same (weak host model).
        node.Route.AddAddress("lo", HostAddress, 32);
        node.Execute("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0");
        node.Route.AddRoute(new KernelRoute(IpPrefix.Parse("10.9.0.2/32")) { LinkIndex = node.Route.GetLink("tap0").Index });
        guest.TryExecute("ping", "-c1", "-W1", "10.9.0.1").Code.ShouldBe(0, "without a guard the guest reaches its node, or this test proves nothing");
        string nodeLinkLocal = IpAddress.LinkLocalFor(node.Route.GetLink("tap0").MacAddress).ToString();

        using FrameGuard guard = FrameGuard.Open(node.Namespace);
        node.Run(() => guard.GuardTap("tap0"));
        guest.Execute("ip", "neigh", "flush", "all");
        using (PacketSocketDevice tap = node.Run(() => PacketSocketDevice.Open("tap0")))
        {
            guest.TryExecute("ping", "-c2", "-i0.2", "-W1", "10.9.0.1").Code.ShouldNotBe(0);
            guest.TryExecute("ping", "-c1", "-W1", $"{nodeLinkLocal}%eth0").Code.ShouldNotBe(0);
            Frames.WaitFor(tap, f => Frames.EtherTypeOf(f) == 0x0806).ShouldNotBeNull("the packet socket must hear what the guard drops");
        }

        node.Execute("cat", "/proc/sys/net/ipv6/conf/tap0/disable_ipv6").Trim().ShouldBe("1");
        node.Run(() => guard.Release("tap0"));

        // The first echo may still fall to the ARP entry that failed before; one answer is success.
        guest.Execute("ping", "-c5", "-i0.5", "-W1", "10.9.0.1");
    }

    [Fact]
    public void A_guard_is_adopted_after_a_restart_and_survives_its_device()
    {
        using TestNamespace node = new("adopt");
        node.Route.CreateVeth(new VethEnd("tap1"), new VethEnd("peer1"));
        using (FrameGuard first = FrameGuard.Open(node.Namespace))
        {
            node.Run(() => first.GuardTap("tap1"));
        }

        using FrameGuard second = FrameGuard.Open(node.Namespace);
        second.Guarded().ShouldBe(["tap1"]);
        node.Run(() => second.GuardTap("tap1"));
        second.Guarded().ShouldBe(["tap1"]);
        string rules = node.Execute("nft", "list", "table", "netdev", "vicinal");
        rules.ShouldContain("hook ingress device \"tap1\"");
        rules.ShouldContain("policy drop");

        // The instance is plugged again: a device of the same name is guarded anew, whatever became of the old chain.
        node.Route.DeleteLink("tap1");
        node.Route.CreateVeth(new VethEnd("tap1"), new VethEnd("peer1"));
        node.Run(() => second.GuardTap("tap1"));
        node.Execute("nft", "list", "table", "netdev", "vicinal").ShouldContain("hook ingress device \"tap1\"");
        node.Route.DeleteLink("tap1");
        second.Release("tap1");
        second.Release("tap1");
        second.Guarded().ShouldBeEmpty();
        second.ReleaseAll();
        second.ReleaseAll();
        node.Execute("nft", "list", "tables").ShouldBeEmpty();
    }

    [Fact]
    public void On_a_nic_only_frames_to_our_addresses_are_kept_from_the_host()
    {
        using TestNamespace node = new("nic");
        using TestNamespace outside = new("out");
        Plug(node, outside);
        node.Route.AddAddress("tap0", HostAddress, 24);
        using FrameGuard guard = FrameGuard.Open(node.Namespace);
        node.Run(() => guard.GuardNic("tap0", [OwnMac]));
        outside.Execute("ping", "-c1", "-W1", "10.9.0.1");

        // When the host's own MAC is called ours, the host goes deaf: the set decides.
        MacAddress hostMac = node.Route.GetLink("tap0").MacAddress;
        MacAddress[] many = [.. Enumerable.Range(0, 5000).Select(i => new MacAddress(0xFA163E000000 + (ulong)i)), hostMac];
        guard.SetOwnMacs("tap0", many);
        outside.TryExecute("ping", "-c1", "-W1", "10.9.0.1").Code.ShouldNotBe(0);
        guard.SetOwnMacs("tap0", []);
        outside.Execute("ping", "-c5", "-i0.5", "-W1", "10.9.0.1");
        guard.Release("tap0");
        guard.Guarded().ShouldBeEmpty();
    }

    [Fact]
    public void Guarding_a_tap_takes_a_few_milliseconds_at_most()
    {
        using TestNamespace node = new("cost");
        using FrameGuard guard = FrameGuard.Open(node.Namespace);
        List<double> times = [];
        for (int i = 0; i < 20; i++)
        {
            string tap = $"tap{i}";
            node.Route.CreateVeth(new VethEnd(tap), new VethEnd($"p{i}"));
            long start = Stopwatch.GetTimestamp();
            node.Run(() => guard.GuardTap(tap));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        TestContext.Current.SendDiagnosticMessage($"guard: {string.Join(' ', times.Select(t => t.ToString("F2", CultureInfo.InvariantCulture)))} ms");
        times.Order().ElementAt(10).ShouldBeLessThan(10);
    }

    private static void Plug(TestNamespace node, TestNamespace guest)
    {
        node.Route.CreateVeth(new VethEnd("tap0"), new VethEnd("eth0") { Namespace = guest.Namespace });
        guest.Route.AddAddress("lo", IpAddress.Parse("127.0.0.1"), 8);
        node.Route.SetUp("tap0");
        guest.Route.SetUp("eth0");
        node.SetUp("tap0");
        guest.Route.AddAddress("eth0", GuestAddress, 24);
    }
}
