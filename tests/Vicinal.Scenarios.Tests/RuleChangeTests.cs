using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;

namespace Vicinal.Scenarios.Tests;

/// <summary>Security-group rules that come and go while traffic runs.</summary>
public abstract class RuleChangeTests(ScenarioCloud scenario)
{
    [Theory]
    [InlineData("c2")]
    [InlineData("c1")]
    public void A_removed_rule_cuts_the_connection_that_it_allowed_and_no_other(string node)
    {
        using Scratch scratch = new(scenario);
        string group = scratch.Group(("tcp", 7001));
        string doomed = scratch.Rule(group, "tcp", 7002);
        Instance server = scratch.Boot("ruled", node, scenario.NetworkId("green"), group);
        scratch.Echo("ruled", 7001);
        scratch.Echo("ruled", 7002);
        scenario.Cloud.WaitActive(server);
        using Conversation kept = Conversation.Open(scenario.Topology["vm1"].Namespace, server.Address, 7001);
        using Conversation cut = Conversation.Open(scenario.Topology["vm1"].Namespace, server.Address, 7002);
        for (int i = 0; i < 20; i++)
        {
            kept.Echoes().ShouldBeTrue();
            cut.Echoes().ShouldBeTrue();
        }

        scenario.Cloud.Neutron.Delete("security-group-rules", doomed);
        scenario.Cloud.WaitApplied();

        cut.Echoes(timeoutMilliseconds: 700).ShouldBeFalse("the rule that allowed it is gone");
        kept.Echoes().ShouldBeTrue("its own rule is still there");
        EchoProbe.Tcp(scenario.Topology["vm1"].Namespace, server.Address, 7002, timeoutMilliseconds: 300).ShouldBeFalse("nor does a new one open");
    }

    [Fact]
    public void A_connection_that_was_cut_goes_on_when_the_rule_comes_back()
    {
        using Scratch scratch = new(scenario);
        string group = scratch.Group();
        string rule = scratch.Rule(group, "tcp", 7003);
        Instance server = scratch.Boot("ruled", "c2", scenario.NetworkId("green"), group);
        scratch.Echo("ruled", 7003);
        scenario.Cloud.WaitActive(server);
        using Conversation talk = Conversation.Open(scenario.Topology["vm1"].Namespace, server.Address, 7003);
        talk.Echoes().ShouldBeTrue();
        scenario.Cloud.Neutron.Delete("security-group-rules", rule);
        scenario.Cloud.WaitApplied();
        talk.Echoes(timeoutMilliseconds: 300).ShouldBeFalse();
        scratch.Rule(group, "tcp", 7003);
        scenario.Cloud.WaitApplied();
        talk.Drain(8).ShouldBeTrue("TCP repeats what was lost");
        talk.Echoes().ShouldBeTrue();
    }

    [Fact]
    public void An_added_rule_lets_traffic_in()
    {
        using Scratch scratch = new(scenario);
        string group = scratch.Group();
        Instance server = scratch.Boot("ruled", "c2", scenario.NetworkId("green"), group);
        scratch.Echo("ruled", 7004);
        scenario.Cloud.WaitActive(server);
        string from = scenario.Topology["vm1"].Namespace;
        EchoProbe.Udp(from, server.Address, 7004, timeoutMilliseconds: 300).ShouldBeFalse("no rule allows it yet");

        scratch.Rule(group, "udp", 7004);
        scenario.Cloud.WaitApplied();

        EchoProbe.Udp(from, server.Address, 7004).ShouldBeTrue();
        EchoProbe.Tcp(from, server.Address, 7004, timeoutMilliseconds: 300).ShouldBeFalse("the rule is for UDP");
    }
}
