using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class SegmentCalculatorTests
{
    private readonly CompiledCloud _compiled = new();

    [Theory]
    [InlineData("geneve", Encapsulation.Geneve)]
    [InlineData("vxlan", Encapsulation.Vxlan)]
    [InlineData("gre", Encapsulation.Gre)]
    public void A_tunnelled_network_has_a_vni_and_no_wire(string type, Encapsulation encapsulation)
    {
        Network network = _compiled.Cloud.AddNetwork(type);
        _compiled.Row<SegmentRow>().ShouldBe(new SegmentRow(
            network.Id, encapsulation, (uint)network.SegmentationId!.Value, null, 0, network.Mtu, External: false, AdminUp: true));
    }

    [Fact]
    public void A_vlan_network_has_a_wire_and_a_tag()
    {
        Network network = _compiled.Cloud.Put(_compiled.Cloud.AddNetwork("vlan", "physnet1") with { SegmentationId = 4094 });
        _compiled.Row<SegmentRow>().ShouldBe(new SegmentRow(network.Id, Encapsulation.Vlan, 0, "physnet1", 4094, 1500, External: false, AdminUp: true));
    }

    [Fact]
    public void A_flat_external_network_has_a_wire_and_no_tag()
    {
        Network network = _compiled.Cloud.AddExternalNetwork();
        _compiled.Row<SegmentRow>().ShouldBe(new SegmentRow(network.Id, Encapsulation.Flat, 0, "physnet1", 0, 1500, External: true, AdminUp: true));
    }

    [Fact]
    public void A_network_of_an_unknown_type_carries_nothing()
    {
        Network network = _compiled.Cloud.AddNetwork("local");
        _compiled.Cloud.AddPort(network, "c1");
        _compiled.Rows<SegmentRow>().ShouldBeEmpty();
        _compiled.Rows<EndpointRow>().ShouldBeEmpty();
    }

    [Fact]
    public void A_rename_changes_no_row()
    {
        Network network = _compiled.Cloud.AddNetwork();
        _compiled.Compile();
        _compiled.Cloud.Put(network with { Name = "blue", Description = "the sky" });
        _compiled.Compile().Rows.ShouldBeEmpty();
    }
}
