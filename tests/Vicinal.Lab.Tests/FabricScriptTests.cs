using System.Runtime.CompilerServices;
using System.Text;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;

namespace Vicinal.Lab.Tests;

/// <summary>What a lab does to a machine, word for word. VICINAL_WRITE_GOLDEN=1 writes the file in the source tree anew.</summary>
public sealed class FabricScriptTests
{
    private static readonly string s_golden = Path.Combine(AppContext.BaseDirectory, "Golden", "standard-fabric.txt");

    [Fact]
    public void The_standard_labs_commands_are_the_golden_ones()
    {
        string script = Text(LabPlan.Standard("golden"));
        if (Environment.GetEnvironmentVariable("VICINAL_WRITE_GOLDEN") is { Length: > 0 })
        {
            File.WriteAllText(SourceOfGolden(), script);
            return;
        }

        script.ShouldBe(File.ReadAllText(s_golden));
    }

    [Fact]
    public void A_node_without_an_external_nic_gets_none()
    {
        LabPlan plan = LabPlan.Standard("x") with { Nodes = [new LabNode("c1", "dvr", 11), new LabNode("inside", "dvr_no_external", 12, External: false)] };
        string script = Text(plan);
        script.ShouldContain("p-inside mtu 1500 type veth peer name eth0");
        script.ShouldNotContain("peer name eth1 mtu 1500 netns vicinal-x-inside");
        script.ShouldNotContain(plan.HostAddress(plan.Nodes[1]).ToString());
    }

    [Fact]
    public void The_underlays_mtu_is_that_of_the_plan()
    {
        string script = Text(LabPlan.Standard("x") with { UnderlayMtu = 9000 });
        script.ShouldContain("link add br-underlay mtu 9000 type bridge");
        script.ShouldContain("link add br-external mtu 1500 type bridge");
    }

    [Fact]
    public void A_direct_plan_joins_its_nodes_without_a_switch()
    {
        string script = Text(LabPlan.Standard("x") with { Nodes = [new LabNode("c1", "dvr", 11, External: false), new LabNode("g1", "dvr_snat", 21)], Direct = true });
        script.ShouldContain("link add eth0 netns vicinal-x-c1 mtu 1500 type veth peer name eth0 mtu 1500 netns vicinal-x-g1");
        script.ShouldContain("link add eth1 netns vicinal-x-internet mtu 1500 type veth peer name eth1 mtu 1500 netns vicinal-x-g1");
        script.ShouldContain("route add 172.31.0.1/32 dev mgmt0 src 172.31.0.11");
        script.ShouldNotContain("br-underlay");
        script.ShouldNotContain("br-external");
    }

    [Fact]
    public void Everything_happens_inside_the_labs_namespaces()
    {
        LabPlan plan = LabPlan.Standard("x");
        FabricScript.Build(plan).Select(part => part.Namespace).ShouldBe(FabricScript.Namespaces(plan), ignoreOrder: true);
        FabricScript.Namespaces(plan).ShouldAllBe(name => name.StartsWith(plan.NamespacePrefix, StringComparison.Ordinal));
    }

    private static string SourceOfGolden([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Golden", Path.GetFileName(s_golden));

    private static string Text(LabPlan plan)
    {
        StringBuilder text = new();
        foreach (string name in FabricScript.Namespaces(plan))
        {
            text.Append("netns add ").Append(name).Append('\n');
        }

        foreach ((string name, IReadOnlyList<string> commands) in FabricScript.Build(plan))
        {
            text.Append("\n# ip -n ").Append(name).Append(" -batch -\n").AppendJoin('\n', commands).Append('\n');
        }

        return text.ToString();
    }
}
