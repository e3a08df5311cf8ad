using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;
using Vicinal.Packets;

namespace Vicinal.Deployment.Tests.Sites;

/// <summary>What a site comes to from its files: the later one wins, each value knows where it was said, and nothing wrong is taken.</summary>
public sealed class SiteReaderTests
{
    [Fact]
    public void A_site_that_says_little_has_the_defaults()
    {
        (Site site, FindingList found) = Reading.Read(("s.yaml", "nodes: {}\n"));
        found.ShouldBeEmpty();
        site.Dvr.ShouldBe(new Setting<bool>(true, new Place("s.yaml", 0, "dvr")));
        site.Ha.Value.ShouldBeTrue();
        site.MaxGateways.Value.ShouldBe(3);
        site.TenantTypes.Value.ShouldBe(["geneve"]);
        site.Mtu.Value.ShouldBe(1500);
    }

    [Fact]
    public void Later_files_win_in_both_spellings_and_in_any_order()
    {
        const string native = "dvr: true\n";
        const string tripleo = "parameter_defaults:\n  NeutronEnableDVR: 'False'\n";
        Reading.Read(("s.yaml", native), ("a.yaml", tripleo)).Site.Dvr.ShouldBe(new Setting<bool>(false, new Place("a.yaml", 2, "parameter_defaults.NeutronEnableDVR")));
        Reading.Read(("s.yaml", tripleo), ("a.yaml", native)).Site.Dvr.ShouldBe(new Setting<bool>(true, new Place("a.yaml", 1, "dvr")));
        Reading.Read(("s.yaml", native), ("a.yaml", tripleo), ("b.yaml", native)).Site.Dvr.Value.ShouldBeTrue();
        Reading.Read(("s.yaml", native), ("b.yaml", native), ("a.yaml", tripleo)).Site.Dvr.Value.ShouldBeFalse();
    }

    [Fact]
    public void A_list_is_replaced_and_a_section_is_added_to()
    {
        (Site site, FindingList found) = Reading.Read(
            ("s.yaml", "tenant-types: [geneve, vlan]\nroles: {compute: {nics: {eth0: 1500, eth1: 1500}, tunnel-nic: eth0}}\nnodes: {c1: {roles: [compute], tunnel-ip: 192.0.2.1}}\n"),
            ("a.yaml", "tenant-types: vxlan\nroles: {compute: {nics: {eth1: 9000, eth2: null}}}\nnodes: {c1: {tunnel-ip: 192.0.2.9}, c2: {roles: compute}}\n"));
        found.ShouldBeEmpty();
        site.TenantTypes.Value.ShouldBe(["vxlan"]);
        site.Nodes.Select(node => node.Name).ShouldBe(["c1", "c2"]);
        SiteNode c1 = site.Node("c1")!;
        c1.TunnelAddress!.Value.Value.ShouldBe(IpAddress.Parse("192.0.2.9"));
        c1.TunnelNic!.Value.Value.ShouldBe("eth0");
        c1.Nics.Select(nic => (nic.Name, nic.Mtu?.Value)).ShouldBe([("eth0", 1500), ("eth1", 9000), ("eth2", null)]);
    }

    [Fact]
    public void A_node_goes_before_its_role_and_a_role_before_the_site()
    {
        Site site = Reading.Read(("s.yaml", """
            bridge-mappings: physnet1:eth1
            roles:
              compute: {bridge-mappings: [physnet1:eth2], nics: {eth0: 1500}}
              gateway: {mode: legacy, nics: {eth0: 9000}}
            nodes:
              c1: {roles: [compute]}
              c2: {roles: [compute], bridge-mappings: {physnet1: eth3}, nics: {eth0: 1400}}
              g1: {roles: [network]}
              both: {roles: [compute, gateway]}
            """)).Site;
        Mapping("c1").ShouldBe("physnet1:eth2");
        Mapping("c2").ShouldBe("physnet1:eth3");
        Mapping("g1").ShouldBe("physnet1:eth1");
        Mapping("both").ShouldBe("physnet1:eth2");
        site.Nodes.Select(node => node.Mode.Value).ShouldBe(["dvr", "dvr", "legacy", "legacy"]);
        site.Nodes.Select(node => node.Nic("eth0")!.Mtu!.Value.Value).ShouldBe([1500, 1400, 9000, 9000]);

        string Mapping(string node) => site.Node(node)!.BridgeMappings.Value.Single().ToString();
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("network")]
    [InlineData("networker")]
    [InlineData("controller")]
    public void A_gateway_node_has_several_names(string role) =>
        Reading.Read(("s.yaml", $"nodes: {{n: {{roles: [{role}]}}}}\n")).Site.Gateways.Single().Mode.Value.ShouldBe("dvr_snat");

    [Theory]
    [InlineData("dvr: perhaps\n", "dvr", "true or false")]
    [InlineData("dvr: [true]\n", "dvr", "a list")]
    [InlineData("mtu: 100\n", "mtu", "1280 to 65535")]
    [InlineData("mtu: 1500 bytes\n", "mtu", "a number")]
    [InlineData("max-gateways: 6\n", "max-gateways", "0 to 5")]
    [InlineData("tenant-types: [geneve, stt]\n", "tenant-types[1]", "one of geneve")]
    [InlineData("tunnel-types: vlan\n", "tunnel-types", "one of geneve, vxlan, gre")]
    [InlineData("physical-mtus: {physnet1: 100}\n", "physical-mtus.physnet1", "1280 to 65535")]
    [InlineData("physical-mtus: [physnet1]\n", "physical-mtus[0]", "NETWORK:BYTES")]
    [InlineData("path-mtu: 1\n", "path-mtu", "1280 to 65535")]
    [InlineData("vni-ranges: 5:1\n", "vni-ranges", "FIRST:LAST")]
    [InlineData("vni-ranges: 1:99999999\n", "vni-ranges", "16777215")]
    [InlineData("vlan-ranges: physnet1:1:4095\n", "vlan-ranges", "4094")]
    [InlineData("vlan-ranges: physnet1:1\n", "vlan-ranges", "FIRST:LAST")]
    [InlineData("bridge-mappings: physnet1\n", "bridge-mappings", "NETWORK:INTERFACE")]
    [InlineData("bridge-mappings: physnet1:aninterfacenamethatistoolong\n", "bridge-mappings", "NETWORK:INTERFACE")]
    [InlineData("bridge-mappings: {physnet1: [eth1]}\n", "bridge-mappings.physnet1", "interface")]
    [InlineData("nodes: [c1]\n", "nodes", "a mapping")]
    [InlineData("nodes: {../../etc: {}}\n", "nodes.../../etc", "a name")]
    [InlineData("nodes: {c1: {roles: [cook]}}\n", "nodes.c1.roles[0]", "a role")]
    [InlineData("nodes: {c1: {tunnel-ip: 192.0.2.300}}\n", "nodes.c1.tunnel-ip", "an IP address")]
    [InlineData("nodes: {c1: {nics: {eth0/1: 1500}}}\n", "nodes.c1.nics.eth0/1", "an interface's name")]
    [InlineData("nodes: {c1: {nics: {eth0: {mtu: big}}}}\n", "nodes.c1.nics.eth0.mtu", "a number")]
    [InlineData("nodes: {c1: {mode: fast}}\n", "nodes.c1.mode", "one of dvr")]
    [InlineData("roles: {compute: dvr}\n", "roles.compute", "a mapping")]
    [InlineData("external: {subnet: 203.0.113.0}\n", "external.subnet", "ADDRESS/LENGTH")]
    [InlineData("external: {vlan: 5000}\n", "external.vlan", "1 to 4094")]
    [InlineData("server: {listen: here}\n", "server.listen", "IP:PORT")]
    [InlineData("tls: etc/tls\n", "tls", "an absolute path")]
    [InlineData("tls: /etc/../tls\n", "tls", "an absolute path")]
    [InlineData("program: \"/bin/vicinal\\nExecStartPre=/bin/evil\"\n", "program", "a text of one line")]
    [InlineData("program: /bin/vicinal --evil\n", "program", "an absolute path")]
    [InlineData("datapath: fast\n", "datapath", "auto, ebpf, userspace")]
    [InlineData("parameter_defaults: {NeutronL3HA: maybe}\n", "parameter_defaults.NeutronL3HA", "true or false")]
    [InlineData("parameter_defaults: {NeutronBridgeMappings: [{a: b}]}\n", "parameter_defaults.NeutronBridgeMappings[0]", "a word")]
    [InlineData("parameter_defaults: [x]\n", "parameter_defaults", "a mapping")]
    [InlineData("parameter_defaults: {ComputeParameters: {NeutronL3AgentMode: central}}\n", "parameter_defaults.ComputeParameters.NeutronL3AgentMode", "one of dvr")]
    [InlineData("resource_registry: {'OS::TripleO::Compute::Net::SoftwareConfig': [a]}\n", "resource_registry.OS::TripleO::Compute::Net::SoftwareConfig", "a text")]
    public void A_value_of_the_wrong_kind_is_an_error_that_names_file_line_key_and_what_is_expected(string text, string key, string expected)
    {
        Finding finding = Reading.Read(("s.yaml", "# a site\n" + text)).Found.ShouldHaveSingleItem();
        finding.Kind.ShouldBe(FindingKinds.WrongType);
        finding.Place.ShouldBe(new Place("s.yaml", 2, key));
        finding.Message.ShouldContain(expected);
    }

    [Fact]
    public void A_wrong_value_does_not_hide_the_next_one_and_leaves_what_was_said_before()
    {
        (Site site, FindingList found) = Reading.Read(("s.yaml", "mtu: 9000\nha: true\n"), ("a.yaml", "mtu: x\nha: y\ndvr: false\n"));
        found.Select(finding => finding.Place.Key).ShouldBe(["mtu", "ha"]);
        site.Mtu.ShouldBe(new Setting<int>(9000, new Place("s.yaml", 1, "mtu")));
        site.Dvr.Value.ShouldBeFalse();
    }

    [Theory]
    [InlineData("dvr: true\nhaa: true\n", 2, "haa")]
    [InlineData("nodes:\n  c1:\n    tunel-ip: 192.0.2.1\n", 3, "nodes.c1.tunel-ip")]
    [InlineData("parameter_defaults:\n  NeutronEnableDRV: true\n", 2, "parameter_defaults.NeutronEnableDRV")]
    [InlineData("parameter_defaults:\n  ComputeParameters:\n    NeutronEnableDVR: true\n", 3, "parameter_defaults.ComputeParameters.NeutronEnableDVR")]
    [InlineData("parameter_defaults:\n  CephStorageParameters:\n    NeutronNew: true\n", 3, "parameter_defaults.CephStorageParameters.NeutronNew")]
    [InlineData("external: {colour: red}\n", 1, "external.colour")]
    public void An_unknown_key_is_warned_of(string text, int line, string key)
    {
        Finding finding = Reading.Read(("s.yaml", text)).Found.ShouldHaveSingleItem();
        finding.Kind.ShouldBe(FindingKinds.UnknownKey);
        finding.Place.ShouldBe(new Place("s.yaml", line, key));
    }

    [Fact]
    public void Parameters_of_other_services_are_left_alone() =>
        Reading.Read(("s.yaml", "parameter_defaults: {NovaReservedHostMemory: 2560, ControllerCount: 3}\n")).Found.ShouldBeEmpty();

    [Fact]
    public void A_file_that_is_not_there_or_no_yaml_is_an_error_and_the_others_are_read()
    {
        (Site site, FindingList found) = Reading.ReadWith([("s.yaml", "mtu: 9000\n"), ("bad.yaml", "a: [\n"), ("late.yaml", "ha: false\n")], ["gone.yaml", "bad.yaml", "late.yaml"]);
        found.Select(finding => (finding.Kind.Id, finding.Place.File)).ShouldBe([("unreadable-file", "gone.yaml"), ("not-yaml", "bad.yaml")]);
        (site.Mtu.Value, site.Ha.Value).ShouldBe((9000, false));
    }
}
