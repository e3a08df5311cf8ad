using Vicinal.Deployment.Checks;

namespace Vicinal.Deployment.Tests.Checks;

/// <summary>From the underlay's NICs to what an instance is told.</summary>
public sealed class MtuRulesTests
{
    [Fact]
    public void The_underlay_must_carry_the_sites_mtu_on_every_node()
    {
        FindingList found = Reading.CheckSound("mtu: 9000\nroles: {compute: {nics: {eth0: 9000, eth1: 9000}}, gateway: {nics: {eth0: 9000, eth1: 9000}}}\nnodes: {c2: {nics: {eth0: 8999}}}");
        Finding finding = found.Single(FindingKinds.UnderlayMtu);
        finding.Node.ShouldBe("c2");
        finding.Place.Key.ShouldBe("nodes.c2.nics.eth0");
        finding.Message.ShouldContain("8999 bytes");
        finding.Message.ShouldContain("up to 9000");
        found.Single(FindingKinds.UnderlayMtuDiffers).Message.ShouldBe("8999 on c2, 9000 on c1 c3 g1 g2");
    }

    [Fact]
    public void Larger_nics_that_agree_are_right() =>
        Reading.CheckSound("roles: {compute: {nics: {eth0: 9000}}, gateway: {nics: {eth0: 9000}}}").Worst.ShouldBe(Severity.Note);

    [Fact]
    public void Over_ipv6_networks_carry_less_and_the_underlay_the_same()
    {
        string six = Reading.Sound.Replace("tunnel-ip: 192.0.2.", "tunnel-ip: 2001:db8::", StringComparison.Ordinal);
        Reading.Check(Reading.Read(("s.yaml", six))).Worst.ShouldBe(Severity.Note);
        Reading.Check(Reading.Read(("s.yaml", six + "mtu: 1357\n"))).Single(FindingKinds.TenantMtuSmall).Message.ShouldBe("networks of type geneve carry 1279 bytes");
    }

    [Fact]
    public void A_way_that_carries_less_is_said_by_itself()
    {
        const string nics = "roles: {compute: {nics: {eth0: 1450}}, gateway: {nics: {eth0: 1450}}}\n";
        Reading.CheckSound(nics).Count(finding => finding.Kind == FindingKinds.UnderlayMtu).ShouldBe(5);
        Reading.CheckSound(nics + "path-mtu: 1450").Worst.ShouldBe(Severity.Note);
    }

    [Fact]
    public void A_mapped_nic_must_carry_what_networks_on_it_are_told()
    {
        Finding finding = Reading.CheckSound("nodes: {g1: {nics: {eth1: 1400}}}").Single(FindingKinds.PhysicalMtu);
        finding.Place.Key.ShouldBe("nodes.g1.nics.eth1");
        finding.Message.ShouldContain("1400 bytes");
        Reading.CheckSound("nodes: {g1: {nics: {eth1: 1400}}}\nphysical-mtus: {physnet1: 1400}").Worst.ShouldBe(Severity.Note);
    }

    [Theory]
    [InlineData(1337, 1)]
    [InlineData(1338, 0)]
    public void Ipv6_needs_1280_bytes_inside_of_geneve(int mtu, int findings) =>
        Reading.CheckSound($"mtu: {mtu}").Count(finding => finding.Kind == FindingKinds.TenantMtuSmall).ShouldBe(findings);

    [Fact]
    public void A_nic_whose_mtu_nobody_says_is_left_to_the_node() =>
        Reading.CheckSound("nodes: {c4: {roles: [compute], tunnel-ip: 192.0.2.24, tunnel-nic: eth5, nics: [eth5]}}").Worst.ShouldBe(Severity.Note);
}
