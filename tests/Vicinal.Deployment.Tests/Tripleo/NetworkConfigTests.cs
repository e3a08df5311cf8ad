using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Tripleo;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Tests.Tripleo;

/// <summary>Bridges in the files that a resource registry names: os-net-config's own form, and Heat templates around it.</summary>
public sealed class NetworkConfigTests
{
    private const string Template = """
        heat_template_version: rocky
        parameters:
          TenantBridge: {type: string, default: br-tenant}
        resources:
          OsNetConfigImpl:
            type: OS::Heat::SoftwareConfig
            properties:
              config:
                str_replace:
                  params:
                    $network_config:
                      network_config:
                        - {type: interface, name: nic1}
                        - type: ovs_bridge
                          name: {get_input: bridge_name}
                          members:
                            - {type: vlan, vlan_id: 10}
                            - {type: interface, name: {get_input: interface_name}, primary: true, mtu: 9000}
                        - type: linux_bridge
                          name: {get_param: TenantBridge}
                          members: [{type: linux_bond, name: bond1, members: [{type: interface, name: nic3}]}]
                        - {type: ovs_bridge, name: br-lonely}
        """;

    [Fact]
    public void A_heat_template_is_searched_for_its_bridges()
    {
        NetworkConfigFile file = Parse(Template, new() { ["NeutronPublicInterface"] = "nic2" });
        file.Interfaces.ShouldBe(["nic1"]);
        file.Bridges.Select(bridge => (bridge.Name, bridge.Kind, bridge.Nic, bridge.Mtu)).ShouldBe(
        [
            ("br-ex", "ovs_bridge", "nic2", 9000), ("br-tenant", "linux_bridge", "bond1", null), ("br-lonely", "ovs_bridge", null, null),
        ]);
        file.Bridge("br-ex")!.Place.Line.ShouldBe(14);
    }

    [Fact]
    public void Parameters_of_the_environment_go_before_the_templates_defaults()
    {
        NetworkConfigFile file = Parse(Template, new() { ["TenantBridge"] = "br-mine", ["NeutronPhysicalBridge"] = "br-provider" });
        file.Bridges.Select(bridge => bridge.Name).ShouldBe(["br-provider", "br-mine", "br-lonely"]);
    }

    [Theory]
    [InlineData("network_config: [{type: ovs_bridge, name: bridge_name, members: [{type: interface, name: interface_name}]}]\n")]
    [InlineData("- {type: ovs_bridge, name: bridge_name, members: [{type: interface, name: interface_name}]}\n")]
    public void Plain_files_are_read_as_well(string text) =>
        Parse(text).Bridges.Select(bridge => (bridge.Name, bridge.Nic)).ShouldBe([("br-ex", "nic1")]);

    [Theory]
    [InlineData("network_config: nothing\n")]
    [InlineData("network_config: [1, [2], {name: {}}, {type: ovs_bridge}, {type: ovs_bridge, name: {get_param: [a, b]}}]\n")]
    [InlineData("parameters: {a: {default: [1]}, b: 3}\n")]
    public void What_makes_no_sense_has_no_bridge(string text) => Parse(text).Bridges.ShouldBeEmpty();

    [Theory]
    [InlineData("site.yaml", "net.yaml", "net.yaml")]
    [InlineData("env/a.yaml", "./net.yaml", "env/net.yaml")]
    [InlineData("env/a.yaml", "../net.yaml", "net.yaml")]
    [InlineData("a.yaml", "../net.yaml", "../net.yaml")]
    [InlineData("/etc/site/a.yaml", "x/../net.yaml", "/etc/site/net.yaml")]
    [InlineData("/etc/a.yaml", "../../net.yaml", "/net.yaml")]
    [InlineData("env/a.yaml", "file:///usr/share/net.yaml", "/usr/share/net.yaml")]
    public void A_named_file_is_relative_to_the_one_that_names_it(string file, string named, string path) => SitePath.Resolve(file, named).ShouldBe(path);

    [Fact]
    public void The_registry_names_the_file_of_each_role_relative_to_its_own()
    {
        Site site = Reading.ReadWith(
            [
                ("s.yaml", "nodes: {c: {roles: [compute]}, g: {roles: [controller]}}\n"),
                ("env/a.yaml", """
                    resource_registry:
                      OS::TripleO::Compute::Net::SoftwareConfig: ../net/compute.yaml
                      OS::TripleO::Controller::Net::SoftwareConfig: controller.yaml
                      OS::TripleO::BlockStorage::Net::SoftwareConfig: storage.yaml
                      OS::TripleO::Services::NeutronL3Agent: OS::Heat::None
                    """),
                ("net/compute.yaml", Template),
            ],
            ["env/a.yaml"]).Site;
        site.Nodes[0].NetworkConfig!.File!.Bridges.Count.ShouldBe(3);
        site.Nodes[1].NetworkConfig!.Path.ShouldBe("env/controller.yaml");
        site.Nodes[1].NetworkConfig!.Fault.ShouldBe("no such file");
        site.Nodes[1].NetworkConfig!.Place.ShouldBe(new Place("env/a.yaml", 3, "resource_registry.OS::TripleO::Controller::Net::SoftwareConfig"));
    }

    [Fact]
    public void A_bridge_stands_for_the_nic_behind_it()
    {
        const string nodes = "nodes: {c: {roles: [compute], nics: [eth0, eth1], network-config: net.yaml, bridge-mappings: ['a:br-ex', 'b:br-tenant', 'c:br-lonely', 'd:nic1', 'e:br-gone', 'f:eth0']}}\n";
        SiteNode node = Reading.ReadWith([("s.yaml", nodes), ("net.yaml", Template)], []).Site.Nodes[0];
        List<MappedNic> mapped = [.. MappedNic.All(node)];
        mapped.Select(m => m.Nic).ShouldBe(["eth0", "bond1", null, "nic1", null, "eth0"]);
        mapped.Select(m => m.Fault?.Id).ShouldBe([null, null, "bridge-without-nic", null, "external-bridge-missing", null]);
    }

    [Theory]
    [InlineData("{type: interface, name: nic3}", "lists 2 NICs")]
    [InlineData("{type: ovs_bond, name: bond1, members: [{type: interface, name: nic2}]}", "no device of the kernel")]
    [InlineData("{type: vlan, vlan_id: 5, device: nic1}", "no interface among its members")]
    public void A_bridge_without_a_usable_nic_says_why(string member, string why)
    {
        SiteNode node = Reading.ReadWith(
            [("s.yaml", "nodes: {c: {roles: [compute], nics: [eth0, eth1], network-config: net.yaml, bridge-mappings: 'a:br-ex'}}\n"), ("net.yaml", $"network_config: [{{type: ovs_bridge, name: br-ex, members: [{member}]}}]\n")],
            []).Site.Nodes[0];
        MappedNic mapped = MappedNic.All(node).ShouldHaveSingleItem();
        mapped.Fault.ShouldBe(FindingKinds.BridgeWithoutNic);
        mapped.Reason!.ShouldContain(why);
    }

    private static NetworkConfigFile Parse(string text, Dictionary<string, string>? parameters = null) =>
        NetworkConfigFile.Read(YamlReader.Read("net.yaml", text)!, parameters ?? []);
}
