using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Model.Rules;

namespace Vicinal.Deployment.Tests.Tripleo;

/// <summary>TripleO's names, in both ways to write a list.</summary>
public sealed class ParameterTests
{
    [Theory]
    [InlineData("'physnet1:br-ex,physnet2:br-two'")]
    [InlineData("[physnet1:br-ex, physnet2:br-two]")]
    [InlineData("\"physnet1:br-ex, physnet2:br-two\"")]
    public void Lists_are_comma_lists_or_yaml_lists(string value) =>
        Of($"NeutronBridgeMappings: {value}").Nodes[0].BridgeMappings.Value.Select(mapping => mapping.ToString()).ShouldBe(["physnet1:br-ex", "physnet2:br-two"]);

    [Fact]
    public void Each_parameter_of_the_chapter_says_what_it_says()
    {
        Site site = Of("""
            NeutronEnableDVR: false
            NeutronL3HA: 'true'
            NeutronAllowL3AgentFailover: 'True'
            NeutronTunnelTypes: vxlan,geneve
            NeutronNetworkType: [vxlan, vlan]
            NeutronFlatNetworks: physnet1
            NeutronNetworkVLANRanges: 'physnet1:100:199,physnet2'
            NeutronVniRanges: ['1:4094']
            NeutronTunnelIdRanges: ['5:6']
            NeutronGlobalPhysnetMtu: 9000
            NeutronML2PhysicalNetworkMtus: [physnet2:1500]
            """);
        (site.Dvr.Value, site.Ha.Value, site.AutomaticFailover.Value, site.Mtu.Value).ShouldBe((false, true, true, 9000));
        site.TunnelTypes.Value.ShouldBe(["vxlan", "geneve"]);
        site.TenantTypes.Value.ShouldBe(["vxlan", "vlan"]);
        site.FlatNetworks.Value.ShouldBe(["physnet1"]);
        site.VlanRanges.Value.ShouldBe([new PhysicalVlans("physnet1", new NumberRange(100, 199)), new PhysicalVlans("physnet2", null)]);
        site.VniRanges.Value.ShouldBe([new NumberRange(1, 4094)]);
        site.PhysicalMtus.Value.ShouldBe([new PhysicalNetworkMtu("physnet2", 1500)]);
        site.TunnelIdRanges.Value.ShouldBe([new NumberRange(5, 6)]);
    }

    [Fact]
    public void What_tripleo_leaves_empty_says_nothing()
    {
        Site site = Of("NeutronEnableDVR: ''\nNeutronL3HA: ''\nNeutronGlobalPhysnetMtu: 0\n");
        (site.Dvr.Place.IsSaid, site.Ha.Place.IsSaid, site.Mtu.Value).ShouldBe((false, false, 1500));
    }

    [Fact]
    public void The_agent_mode_without_a_role_is_the_controllers()
    {
        Site site = Of("NeutronL3AgentMode: legacy");
        site.Nodes.Select(node => node.Mode.Value).ShouldBe(["dvr", "legacy"]);
    }

    [Theory]
    [InlineData("ComputeParameters", 0)]
    [InlineData("ComputeDVRParameters", 0)]
    [InlineData("ControllerParameters", 1)]
    [InlineData("NetworkerParameters", 1)]
    public void A_roles_parameters_hold_for_its_nodes(string key, int node)
    {
        Site site = Of($"{key}: {{NeutronL3AgentMode: dvr_no_external, NeutronBridgeMappings: 'p:eth9'}}\nNeutronBridgeMappings: 'p:eth1'");
        site.Nodes[node].Mode.Value.ShouldBe("dvr_no_external");
        site.Nodes[node].BridgeMappings.Value.Single().Target.ShouldBe("eth9");
        site.Nodes[1 - node].BridgeMappings.Value.Single().Target.ShouldBe("eth1");
        site.Nodes[1 - node].Mode.Value.ShouldNotBe("dvr_no_external");
    }

    [Fact]
    public void Ovn_names_its_gateways_by_an_option_of_the_chassis()
    {
        Of("ComputeParameters: {OVNCMSOptions: 'enable-chassis-as-gw,other'}").Nodes[0].Mode.Value.ShouldBe("dvr_snat");
        Of("ComputeParameters: {OVNCMSOptions: 'other'}").Nodes[0].Mode.Value.ShouldBe("dvr");
    }

    [Fact]
    public void What_has_no_effect_is_said_and_why()
    {
        Finding finding = Read("NeutronEnableL2Pop: 'True'").Found.ShouldHaveSingleItem();
        finding.Kind.ShouldBe(FindingKinds.ParameterWithoutEffect);
        finding.Message.ShouldContain("L2 population is always on");
    }

    [Theory]
    [InlineData("br-ex", 1)]
    [InlineData("''", 0)]
    [InlineData("\"''\"", 0)]
    public void An_external_bridge_for_the_agent_is_a_thing_of_the_past(string value, int findings) =>
        Read($"NeutronExternalNetworkBridge: {value}").Found.Count(finding => finding.Kind == FindingKinds.ExternalBridgeParameter).ShouldBe(findings);

    private static Site Of(string parameters)
    {
        (Site site, FindingList found) = Read(parameters);
        found.ShouldBeEmpty();
        return site;
    }

    private static (Site Site, FindingList Found) Read(string parameters) => Reading.Read(
        ("s.yaml", "nodes: {c: {roles: [compute]}, g: {roles: [controller]}}\n"),
        ("a.yaml", "parameter_defaults:\n" + string.Concat(parameters.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"  {line}\n"))));
}
