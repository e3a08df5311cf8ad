using Vicinal.Deployment.Checks;

namespace Vicinal.Deployment.Tests.Checks;

/// <summary>Each finding both ways: there where a site is broken so, and not on one that is sound.</summary>
public sealed class SiteCheckTests
{
    private static readonly string[] s_notes = [FindingKinds.DvrWithHa.Id, FindingKinds.ExtraAddresses.Id];

    [Fact]
    public void A_sound_site_has_notes_and_nothing_else()
    {
        FindingList found = Reading.CheckSound();
        found.Ids().ShouldBe(s_notes, ignoreOrder: true);
        found.Worst.ShouldBe(Severity.Note);
        found.Single(FindingKinds.DvrWithHa).Message.ShouldContain("standby");
        found.Single(FindingKinds.ExtraAddresses).Message.ShouldContain("3 more external addresses");
    }

    /// <summary>What breaks the sound site, and the one finding more that comes of it, with the key that it names.</summary>
    [Theory]
    [InlineData("nodes: {ctl: {roles: [compute], tunnel-ip: 192.0.2.10}}", "no-server", "nodes")]
    [InlineData("nodes: {c1: {roles: [compute, server]}}", "several-servers", "nodes.c1.roles")]
    [InlineData("server: {agents: '127.0.0.1:9697'}\ntls: null", "server-address-missing", "server.agents")]
    [InlineData("nodes: {c4: {tunnel-ip: 192.0.2.24}}", "no-role", "nodes.c4")]
    [InlineData("nodes: {C1: {roles: [compute], tunnel-ip: 192.0.2.24}}", "duplicate-name", "nodes.C1")]
    [InlineData("nodes: {c1.example.org: {roles: [compute], tunnel-ip: 192.0.2.24}}", "duplicate-name", "nodes.c1.example.org")]
    [InlineData("nodes: {c4: {roles: [compute]}}", "tunnel-address-missing", "nodes.c4")]
    [InlineData("nodes: {c3: {tunnel-ip: 192.0.2.21}}", "duplicate-address", "nodes.c3.tunnel-ip")]
    [InlineData("nodes: {c3: {tunnel-ip: '2001:db8::1'}}\nmtu: 1480", "tunnel-family", "nodes.c3.tunnel-ip")]
    [InlineData("nodes: {c3: {tunnel-nic: eth7}}", "tunnel-nic-unknown", "nodes.c3.tunnel-nic")]
    [InlineData("max-gateways: 1", "no-standby", "max-gateways")]
    [InlineData("ha: false", "no-failover", "ha")]
    [InlineData("nodes: {g2: {mode: dvr}}", "gateway-mode", "nodes.g2.mode")]
    [InlineData("nodes: {g2: {mode: legacy}}", "gateway-mode", "nodes.g2.mode")]
    [InlineData("nodes: {c1: {mode: dvr_snat}}", "compute-mode", "nodes.c1.mode")]
    [InlineData("nodes: {c1: {mode: legacy}}", "compute-mode", "nodes.c1.mode")]
    [InlineData("nodes: {c1: {mode: dvr_no_external}}", "compute-mode", "nodes.c1.mode")]
    [InlineData("nodes: {c1: {bridge-mappings: []}}", "compute-without-external", "nodes.c1.bridge-mappings")]
    [InlineData("nodes: {c1: {bridge-mappings: ['physnet1:eth1', 'physnet1:eth9']}}", "mapped-nic-missing", "nodes.c1.bridge-mappings")]
    [InlineData("nodes: {g1: {bridge-mappings: ['physnet1:eth1', 'physnet2:eth1']}}", "nic-mapped-twice", "nodes.g1.bridge-mappings")]
    [InlineData("nodes: {c1: {bridge-mappings: ['physnet1:eth1', 'physnet2:eth0']}}", "physical-network-without-gateway", "nodes.c1.bridge-mappings")]
    [InlineData("vlan-ranges: [physnet1:100:199, physnet7:1:9]", "vlan-range-without-mapping", "vlan-ranges")]
    [InlineData("flat-networks: [physnet1, physnet7]", "flat-network-without-mapping", "flat-networks")]
    [InlineData("vlan-ranges: []\ntenant-types: [geneve, vlan]", "vlan-without-range", "tenant-types")]
    [InlineData("vlan-ranges: [physnet1]\ntenant-types: [vlan]", "vlan-without-range", "tenant-types")]
    [InlineData("tunnel-types: [vxlan]", "tenant-type-not-enabled", "tenant-types")]
    [InlineData("mtu: 1300", "tenant-mtu-small", "mtu")]
    [InlineData("path-mtu: 1300", "tenant-mtu-small", "path-mtu")]
    [InlineData("tls: null", "agents-without-tls", "tls")]
    [InlineData("server: {listen: '192.0.2.10:9696'}", "api-open", "server.listen")]
    [InlineData("parameter_defaults: {NeutronExternalNetworkBridge: br-ex}\ndvr: true", "external-bridge-parameter", "parameter_defaults.NeutronExternalNetworkBridge")]
    [InlineData("parameter_defaults: {NeutronL3HA: true}", "dvr-unsaid", "dvr")]
    public void What_is_broken_is_the_one_finding_more_and_names_its_key(string environment, string id, string key)
    {
        FindingList found = Reading.CheckSound(environment);
        Finding finding = found.Where(f => !s_notes.Contains(f.Kind.Id)).ShouldHaveSingleItem(string.Join(", ", found.Select(f => $"{f.Kind.Id}: {f.Message}")));
        finding.Kind.Id.ShouldBe(id);
        finding.Place.Key.ShouldBe(key);
        if (finding.Place.IsSaid)
        {
            finding.Place.File.ShouldBe(id is "server-address-missing" or "vlan-without-range" or "tenant-type-not-enabled" ? finding.Place.File : "e0.yaml");
        }
    }

    /// <summary>The same keys said rightly.</summary>
    [Theory]
    [InlineData("ha: false\nautomatic-failover: true")]
    [InlineData("nodes: {c1: {mode: dvr_no_external, bridge-mappings: []}}")]
    [InlineData("dvr: false\nroles: {gateway: {mode: legacy}}")]
    [InlineData("tunnel-types: [vxlan]\ntenant-types: [vxlan, vlan]")]
    [InlineData("flat-networks: ['*']")]
    [InlineData("mtu: 1400")]
    [InlineData("server: {agents: '127.0.0.1:9697'}\nnodes: {ctl: {address: 127.0.0.1}}\ntls: /t")]
    [InlineData("server: {agents: '0.0.0.0:9697'}")]
    [InlineData("parameter_defaults: {NeutronEnableDVR: true}")]
    [InlineData("nodes: {c1: {roles: [compute, gateway]}}")]
    public void What_is_right_finds_nothing_more(string environment)
    {
        IEnumerable<string> more = Reading.CheckSound(environment).Ids().Except(s_notes);
        more.ShouldBe(environment.Contains("agents: '127", StringComparison.Ordinal) ? [FindingKinds.ServerAddressMissing.Id] : []);
    }

    [Fact]
    public void Dvr_and_ha_alone_need_no_note()
    {
        Reading.CheckSound("dvr: false").Ids().ShouldBeEmpty();
        Reading.CheckSound("ha: false\nautomatic-failover: true").Ids().ShouldBe([FindingKinds.ExtraAddresses.Id]);
    }

    [Fact]
    public void One_gateway_node_with_ha_cannot_be_relieved()
    {
        string one = Reading.Sound.Replace("  g2: {roles: [gateway], tunnel-ip: 192.0.2.32}\n", "", StringComparison.Ordinal);
        Finding finding = Check(one).Single(FindingKinds.SingleGateway);
        finding.Message.ShouldContain("g1");
        Check(one + "ha: false\nautomatic-failover: true\n").Ids().ShouldNotContain(FindingKinds.SingleGateway.Id);
        string none = one.Replace("  g1: {roles: [gateway], tunnel-ip: 192.0.2.31}\n", "", StringComparison.Ordinal);
        Check(none).Ids().ShouldContain(FindingKinds.NoGateway.Id);
    }

    [Fact]
    public void Two_gateway_nodes_alone_have_no_witness()
    {
        const string two = """
            tls: /etc/vicinal/tls
            roles: {gateway: {nics: {eth0: 1500, eth1: 1500}, tunnel-nic: eth0, bridge-mappings: ['physnet1:eth1']}}
            nodes:
              g1: {roles: [gateway, server], tunnel-ip: 192.0.2.31}
              g2: {roles: [gateway, compute], tunnel-ip: 192.0.2.32}

            """;
        Check(two).Ids().ShouldContain(FindingKinds.TooFewWitnesses.Id);
        Check(two + "  c1: {roles: [compute], tunnel-ip: 192.0.2.21, tunnel-nic: eth0, nics: [eth0]}\n").Ids().ShouldNotContain(FindingKinds.TooFewWitnesses.Id);
        Check(two + "ha: false\nautomatic-failover: true\n").Ids().ShouldNotContain(FindingKinds.TooFewWitnesses.Id);
    }

    [Theory]
    [InlineData("nodes: {ctl: {address: null}}")]
    [InlineData("server: {agents: '[::]:9697'}")]
    public void A_server_without_an_address_is_found_by_nobody(string environment)
    {
        string site = Reading.Sound.Replace(", address: 192.0.2.10", "", StringComparison.Ordinal);
        Reading.Check(Reading.Read(("s.yaml", site), ("e.yaml", environment))).Ids().ShouldContain(FindingKinds.ServerAddressMissing.Id);
    }

    private static FindingList Check(string site) => Reading.Check(Reading.Read(("s.yaml", site)));
}
