using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Live;
using Vicinal.Deployment.Sites;
using Vicinal.Packets;

namespace Vicinal.Deployment.Tests.Live;

/// <summary>A node of the sound site beside machines that are it, or are not.</summary>
public sealed class LiveCheckTests
{
    private static readonly LiveMachine s_sound = new()
    {
        Nics =
        [
            new LiveNic("eth0", 1500, HasCarrier: true, Master: null, [IpAddress.Parse("192.0.2.21")]),
            new LiveNic("eth1", 1500, HasCarrier: true, Master: null, []),
        ],
        Clock = new LiveClock(IsSynchronised: true, 1000),
        Probes = [new TunnelProbe("c2", IpAddress.Parse("192.0.2.22"), 1500, AnswersSmall: true, AnswersFull: true)],
    };

    [Fact]
    public void A_machine_as_the_site_says_has_no_finding() => Check(s_sound).ShouldBeEmpty();

    [Fact]
    public void A_server_needs_its_clock_and_no_nic()
    {
        Check(s_sound with { Nics = [], KernelRefusal = "no bpf" }, "ctl").ShouldBeEmpty();
        Check(s_sound with { Nics = [], Clock = new LiveClock(false, 16_000_000) }, "ctl").Single(FindingKinds.Clock).Message.ShouldContain("16000 ms");
    }

    [Fact]
    public void A_kernel_without_a_fast_path_is_a_warning_with_its_reason() =>
        Check(s_sound with { KernelRefusal = "bpf(2) is not there" }).Single(FindingKinds.KernelFeatures).Message.ShouldBe("bpf(2) is not there");

    [Fact]
    public void What_may_not_be_tried_is_said() =>
        Check(s_sound with { MissingRights = ["needs root"] }).Single(FindingKinds.MissingRights).Message.ShouldBe("needs root");

    [Fact]
    public void Nics_are_there_and_up_and_large_enough_and_free()
    {
        Check(With(s_sound.Nics[0])).Single(FindingKinds.NicMissing).Message.ShouldBe("this machine has no eth1; it has eth0");
        Check(With(s_sound.Nics[0], s_sound.Nics[1] with { HasCarrier = false })).Single(FindingKinds.NicDown).Place.Key.ShouldBe("roles.compute.bridge-mappings");
        Check(With(s_sound.Nics[0], s_sound.Nics[1] with { Master = "br-ex" })).Single(FindingKinds.NicInBridge).Message.ShouldContain("part of br-ex");
        Check(With(s_sound.Nics[0] with { Mtu = 1499 }, s_sound.Nics[1])).Single(FindingKinds.NicMtu).Message.ShouldContain("eth0 carries 1499 bytes");
        Check(With(s_sound.Nics[0], s_sound.Nics[1] with { Mtu = 1400 })).Single(FindingKinds.NicMtu).Message.ShouldContain("eth1 carries 1400 bytes");
    }

    [Fact]
    public void The_tunnel_address_is_on_its_nic()
    {
        Check(With(s_sound.Nics[0] with { Addresses = [] }, s_sound.Nics[1])).Single(FindingKinds.AddressMissing).Message.ShouldContain("no NIC");
        Check(With(s_sound.Nics[0] with { Addresses = [] }, s_sound.Nics[1] with { Addresses = s_sound.Nics[0].Addresses })).Single(FindingKinds.AddressMissing).Message
            .ShouldBe("192.0.2.21 is on eth1, and not on eth0");
    }

    [Fact]
    public void A_peer_that_is_silent_is_told_from_one_that_large_packets_miss()
    {
        TunnelProbe probe = s_sound.Probes[0];
        Finding silent = Check(s_sound with { Probes = [probe with { AnswersSmall = false, AnswersFull = false }] }).ShouldHaveSingleItem();
        silent.Kind.ShouldBe(FindingKinds.PeerSilent);
        silent.Place.Key.ShouldBe("nodes.c2.tunnel-ip");
        Finding large = Check(s_sound with { Probes = [probe with { AnswersFull = false }] }).ShouldHaveSingleItem();
        large.Kind.ShouldBe(FindingKinds.PathMtu);
        large.Message.ShouldContain("1500 bytes");
    }

    private static LiveMachine With(params LiveNic[] nics) => s_sound with { Nics = nics };

    private static FindingList Check(LiveMachine machine, string node = "c1")
    {
        Site site = Reading.Read((Reading.SiteFile, Reading.Sound)).Site;
        FindingList found = [];
        LiveCheck.Run(site, site.Node(node)!, machine, found);
        return found;
    }
}
