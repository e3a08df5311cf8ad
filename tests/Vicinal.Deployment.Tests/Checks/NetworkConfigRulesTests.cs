using Vicinal.Deployment.Checks;

namespace Vicinal.Deployment.Tests.Checks;

/// <summary>The manual's first three steps: Compute and Controller have one network configuration, and the computes the external bridge in it.</summary>
public sealed class NetworkConfigRulesTests
{
    private const string Bridge = "network_config: [{type: ovs_bridge, name: br-ex, members: [{type: interface, name: nic2}]}]\n";
    private const string Bare = "network_config: [{type: interface, name: nic2}]\n";

    [Fact]
    public void One_file_for_both_is_right()
    {
        FindingList found = Check("one.yaml", "one.yaml", ("one.yaml", Bridge));
        found.Worst.ShouldBe(Severity.Note);
        Finding note = found.First(finding => finding.Kind == FindingKinds.BridgeNotNeeded);
        note.Message.ShouldContain("uses eth1 itself, not the bridge 'br-ex'");
    }

    [Fact]
    public void Two_files_with_the_same_bridge_are_right_too() =>
        Check("one.yaml", "two.yaml", ("one.yaml", Bridge), ("two.yaml", Bridge.Replace("nic2", "eth1", StringComparison.Ordinal))).Worst.ShouldBe(Severity.Note);

    [Fact]
    public void A_compute_without_the_external_bridge_is_found_with_the_file_and_the_key()
    {
        FindingList found = Check("bare.yaml", "one.yaml", ("bare.yaml", Bare), ("one.yaml", Bridge));
        Finding differs = found.Single(FindingKinds.NetworkConfigDiffers);
        differs.Place.File.ShouldBe("e.yaml");
        differs.Place.Key.ShouldBe("resource_registry.OS::TripleO::Compute::Net::SoftwareConfig");
        differs.Message.ShouldContain("only the latter has the bridge 'br-ex'");
        List<Finding> missing = [.. found.Where(finding => finding.Kind == FindingKinds.ExternalBridgeMissing)];
        missing.Select(finding => finding.Node).ShouldBe(["c1", "c2", "c3"]);
        missing[0].Message.ShouldContain("bare.yaml has no bridge 'br-ex'");
    }

    [Fact]
    public void A_bridge_of_another_kind_differs() =>
        Check("one.yaml", "two.yaml", ("one.yaml", Bridge), ("two.yaml", Bridge.Replace("ovs_bridge", "linux_bridge", StringComparison.Ordinal)))
            .Single(FindingKinds.NetworkConfigDiffers).Message.ShouldContain("ovs_bridge with nic2 in the former and linux_bridge with nic2 in the latter");

    [Theory]
    [InlineData("one.yaml", "OS::Heat::None", "and gateway nodes have none")]
    [InlineData("OS::Heat::None", "one.yaml", "and computes have none")]
    public void One_role_without_a_configuration_is_found(string compute, string controller, string said) =>
        Check(compute, controller, ("one.yaml", Bridge)).Single(FindingKinds.NetworkConfigMissing).Message.ShouldContain(said);

    [Fact]
    public void A_file_that_cannot_be_read_is_named_once()
    {
        Finding finding = Check("gone.yaml", "gone.yaml").Single(FindingKinds.NetworkConfigUnreadable);
        finding.Message.ShouldBe("gone.yaml: no such file");
    }

    [Fact]
    public void A_template_that_is_not_rendered_says_so() =>
        Check("net.j2", "net.j2", ("net.j2", "network_config:\n- type: ovs_bridge\n  name: {{ bridge }}\n")).Single(FindingKinds.NetworkConfigUnreadable).Message.ShouldContain("Jinja");

    [Theory]
    [InlineData("neutron-ovs-dvr.yaml")]
    [InlineData("neutron-ovn-dvr-ha.yaml")]
    public void The_dvr_environment_says_that_dvr_is_on_and_a_later_file_contradicts(string environment)
    {
        (string, string)[] files = [("s.yaml", Reading.Sound), ($"services/{environment}", "parameter_defaults: {NeutronEnableDVR: true}\n"), ("off.yaml", "# later\nparameter_defaults: {NeutronEnableDVR: false}\n")];
        Reading.Check(Reading.ReadWith(files, [files[1].Item1])).Worst.ShouldBe(Severity.Note);
        Finding finding = Reading.Check(Reading.ReadWith(files, [files[1].Item1, "off.yaml"])).Single(FindingKinds.DvrContradiction);
        finding.Place.File.ShouldBe("off.yaml");
        finding.Place.Line.ShouldBe(2);
        finding.Message.ShouldContain(environment);
        Reading.Check(Reading.ReadWith(files, ["off.yaml", files[1].Item1])).Worst.ShouldBe(Severity.Note);
    }

    private static FindingList Check(string compute, string controller, params (string, string)[] files)
    {
        string environment = $"""
            dvr: true
            bridge-mappings: physnet1:br-ex
            resource_registry:
              OS::TripleO::Compute::Net::SoftwareConfig: {compute}
              OS::TripleO::Controller::Net::SoftwareConfig: {controller}

            """;
        string site = Reading.Sound.Replace("    bridge-mappings: {physnet1: eth1}\n", "", StringComparison.Ordinal);
        return Reading.Check(Reading.ReadWith([("s.yaml", site), ("e.yaml", environment), .. files], ["e.yaml"]));
    }
}
