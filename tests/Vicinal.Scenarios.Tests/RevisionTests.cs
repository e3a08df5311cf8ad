using System.Text.Json.Nodes;
using Vicinal.Lab.Rest;

namespace Vicinal.Scenarios.Tests;

/// <summary>The cloud tells on how many of the nodes concerned a change is in force.</summary>
[Collection(UserspaceCloud.Name)]
public sealed class RevisionTests(UserspaceCloud scenario)
{
    [Fact]
    public void A_change_is_applied_on_all_of_the_nodes_that_it_concerns_and_bothers_no_other()
    {
        using Scratch scratch = new(scenario);
        NeutronClient neutron = scenario.Cloud.Neutron;
        string network = scratch.Network("small", "192.168.44.0/24");
        scratch.Boot("rev-a", "c1", network);
        scratch.Boot("rev-b", "c2", network);
        scenario.Cloud.WaitActive(scenario.Cloud.Instances["rev-a"], scenario.Cloud.Instances["rev-b"]);

        neutron.Update("networks", network, new JsonObject { ["admin_state_up"] = false });
        string revision = neutron.LastRevision;
        scenario.Cloud.WaitApplied();

        JsonObject state = neutron.Fetch($"vicinal/v1/revisions/{revision}");
        ((int)state["nodes"]!).ShouldBe(2, "c1 and c2 have ports on it");
        ((int)state["applied"]!).ShouldBe(2);
        Should.Throw<NeutronRefusal>(() => neutron.Fetch("vicinal/v1/revisions/999999999")).Status.ShouldBe(404);
    }
}
