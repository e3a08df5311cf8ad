using Vicinal.Lab.Tenants;
using Vicinal.Model.Resources;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>Routers of every kind: each flow touches the nodes that the description of the modes names, and no other.</summary>
public abstract class ModeTests(ModesCloud modes)
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Each_flow_touches_the_nodes_that_it_is_said_to_and_no_other(bool distributed, bool ha)
    {
        RouterKind kind = new(distributed, ha);
        using RoutedTenant tenant = modes.Tenant(kind);
        IReadOnlyList<string> wrong = modes.FindStrays(tenant, kind, ModeFlows.Of(modes.Cloud, tenant));
        wrong.ShouldBeEmpty(string.Join('\n', wrong));
    }
}
