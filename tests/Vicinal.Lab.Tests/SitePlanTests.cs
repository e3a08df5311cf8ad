using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;
using Vicinal.Packets;

namespace Vicinal.Lab.Tests;

/// <summary>That a lab of a site is that site.</summary>
public sealed class SitePlanTests
{
    private const string Text = """
        mtu: 1400
        dvr: false
        external: {physical-network: physnet1, subnet: 198.18.0.0/24, gateway: 198.18.0.254}
        roles:
          gateway: {nics: {ens1: 1500, ens2: 1400}, tunnel-nic: ens1, bridge-mappings: 'physnet1:ens2'}
          compute: {nics: {ens1: 1450, ens2: 1400, ens3: 9000}, tunnel-nic: ens1, bridge-mappings: 'physnet1:ens2,physnet2:ens3'}
        nodes:
          ctl: {roles: [server, gateway], tunnel-ip: 10.9.0.1}
          a-node-with-a-long-name: {roles: [compute], tunnel-ip: 10.9.1.1}
          c1: {roles: [compute], tunnel-ip: 10.9.1.2, mode: dvr}

        """;

    [Fact]
    public void Nodes_have_the_names_nics_modes_and_addresses_of_the_site()
    {
        LabPlan plan = Plan(Text);
        plan.Nodes.Select(node => (node.Name, node.Mode)).ShouldBe([("ctl", "dvr_snat"), ("a-node-with-a-long-name", "dvr"), ("c1", "dvr")]);
        plan.UnderlayAddress(plan.Nodes[2]).ShouldBe(IpAddress.Parse("10.9.1.2"));
        plan.NicsOf(plan.Nodes[2]).ShouldBe([new LabNic("ens1", "underlay", 1450), new LabNic("ens2", "external", 1400, "physnet1"), new LabNic("ens3", "wire-physnet2", 9000, "physnet2")]);
        (plan.ServerMember, plan.ServerAddress).ShouldBe(("ctl", IpAddress.Parse("10.9.0.1")));
        string.Join(' ', plan.ServerOptions).ShouldContain("--global-mtu 1400 ");
        string.Join(' ', plan.ServerOptions).ShouldContain("--router-distributed false");
        plan.Underlay.ShouldBe(IpPrefix.Parse("10.9.0.0/23"));
    }

    [Fact]
    public void The_script_makes_each_wire_and_each_nic_on_it()
    {
        LabPlan plan = Plan(Text);
        FabricScript.Namespaces(plan).Select(name => name[plan.NamespacePrefix.Length..]).ShouldBe(["underlay", "external", "wire-physnet2", "ctl", "internet", "a-node-with-a-long-name", "c1"]);
        string[] lines = [.. FabricScript.Build(plan).SelectMany(part => part.Commands)];
        lines.ShouldContain("link add br-underlay mtu 1500 type bridge stp_state 0 forward_delay 0 mcast_snooping 0");
        lines.ShouldContain("link add p-c1 mtu 1450 type veth peer name ens1 mtu 1450 netns vicinal-x-c1");
        lines.ShouldContain("link add p1 mtu 1450 type veth peer name ens1 mtu 1450 netns vicinal-x-a-node-with-a-long-name");
        lines.ShouldContain("link add p-c1 mtu 9000 type veth peer name ens3 mtu 9000 netns vicinal-x-c1");
        lines.ShouldContain("addr add 198.18.0.254/24 dev eth1");
        lines.ShouldContain("addr add 10.9.1.2/23 dev ens1");
        lines.ShouldAllBe(line => !line.StartsWith("addr add 198.18.0.2", StringComparison.Ordinal) || line.Contains(".254", StringComparison.Ordinal), "nodes have no address of their own there");
        foreach (string line in lines.Where(line => line.StartsWith("link add p", StringComparison.Ordinal)))
        {
            line.Split(' ')[2].Length.ShouldBeLessThan(16);
        }
    }

    [Fact]
    public void A_server_without_an_agent_has_a_namespace_of_its_nodes_name()
    {
        LabPlan plan = Plan(Text.Replace("[server, gateway], tunnel-ip", "[server], address", StringComparison.Ordinal) + "  g1: {roles: [gateway], tunnel-ip: 10.9.0.2}\n");
        FabricScript.Build(plan).Single(part => part.Namespace == "vicinal-x-ctl").Commands.ShouldContain("addr add 10.9.0.1/23 dev eth0");
        plan.Nodes.ShouldNotContain(node => node.Name == "ctl");
    }

    [Fact]
    public void A_nic_for_tunnels_and_a_physical_network_makes_one_wire_of_the_two()
    {
        LabPlan plan = Plan(Text + "  c2: {roles: [compute], tunnel-ip: 10.9.1.3, bridge-mappings: 'physnet1:ens1', nics: {ens1: 1400}}\n");
        plan.ExternalWire.ShouldBe("underlay");
        plan.NicsOf(plan.Nodes[3]).ShouldBe([new LabNic("ens1", "underlay", 1400, "physnet1")]);
        plan.NicsOf(plan.Nodes[0])[1].Wire.ShouldBe("underlay");
        plan.Wires.ShouldBe(["underlay", "wire-physnet2"]);
        string[] names = [.. FabricScript.Build(plan)[0].Commands.Where(line => line.StartsWith("link add p", StringComparison.Ordinal)).Select(line => line.Split(' ')[2])];
        names.ShouldBeUnique();
    }

    [Fact]
    public void An_external_network_in_a_vlan_is_tagged_at_the_internet_host()
    {
        string[] lines = [.. FabricScript.Build(Plan(Text + "external: {vlan: 42}\n", merge: true)).SelectMany(part => part.Commands)];
        lines.ShouldContain("link add link eth1 name eth1.42 type vlan id 42");
        lines.ShouldContain("addr add 198.18.0.254/24 dev eth1.42");
    }

    [Theory]
    [InlineData("  internet: {roles: [compute], tunnel-ip: 10.9.1.9}\n", "named 'internet'")]
    [InlineData("  c9: {roles: [compute], tunnel-ip: 198.18.0.7}\n", "overlaps the external network")]
    public void What_a_lab_cannot_be_is_said(string more, string why) => Should.Throw<LabException>(() => Plan(Text + more)).Message.ShouldContain(why);

    /// <param name="merge">The part after the nodes is a file of its own.</param>
    private static LabPlan Plan(string text, bool merge = false)
    {
        string[] files = merge ? [text[..text.LastIndexOf("external", StringComparison.Ordinal)], text[text.LastIndexOf("external", StringComparison.Ordinal)..]] : [text];
        (Site site, FindingList found) = SiteReader.Read("0", [.. files.Skip(1).Select((_, i) => $"{i + 1}")], path => new FileText(files[int.Parse(path)], null));
        SiteCheck.Run(site, found);
        found.Where(finding => finding.Kind.Severity == Severity.Error).ShouldBeEmpty();
        return SitePlan.Of(site, "x");
    }
}
