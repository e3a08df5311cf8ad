using Vicinal.Agent.Wiring;

namespace Vicinal.Agent.Tests.Wiring;

public sealed class PortWiringTests
{
    private static readonly Guid s_port = new("11111111-2222-3333-4444-555555555555");
    private const string Device = "tap11111111-22";

    private readonly PortWiring _wiring = new();

    [Fact]
    public void A_port_is_wired_when_both_its_row_and_its_interface_are_there()
    {
        _wiring.PortWanted(s_port, Device).ShouldBeEmpty();
        _wiring.InterfaceAppeared(Device, 7).ShouldBe([new WiringStep(WiringAction.Wire, s_port, Device, 7)]);
        _wiring.IsWired(s_port).ShouldBeTrue();
    }

    [Fact]
    public void The_order_of_row_and_interface_does_not_matter()
    {
        _wiring.InterfaceAppeared(Device, 7).ShouldBeEmpty();
        _wiring.PortWanted(s_port, Device).ShouldBe([new WiringStep(WiringAction.Wire, s_port, Device, 7)]);
    }

    [Fact]
    public void A_repeated_notice_changes_nothing()
    {
        _wiring.PortWanted(s_port, Device).ShouldBeEmpty();
        _wiring.InterfaceAppeared(Device, 7).ShouldHaveSingleItem();
        _wiring.InterfaceAppeared(Device, 7).ShouldBeEmpty();
        _wiring.PortWanted(s_port, Device).ShouldBeEmpty();
    }

    [Fact]
    public void An_interface_made_anew_under_the_same_name_is_wired_anew()
    {
        _wiring.PortWanted(s_port, Device).ShouldBeEmpty();
        _wiring.InterfaceAppeared(Device, 7).ShouldHaveSingleItem();
        _wiring.InterfaceAppeared(Device, 9).ShouldBe(
        [
            new WiringStep(WiringAction.Unwire, s_port, Device, 7),
            new WiringStep(WiringAction.Wire, s_port, Device, 9),
        ]);
    }

    [Fact]
    public void A_port_that_is_bound_elsewhere_is_unwired_though_its_interface_stays()
    {
        _wiring.PortWanted(s_port, Device).ShouldBeEmpty();
        _wiring.InterfaceAppeared(Device, 7).ShouldHaveSingleItem();
        _wiring.PortUnwanted(s_port, Device).ShouldBe([new WiringStep(WiringAction.Unwire, s_port, Device, 7)]);
        _wiring.IsWired(s_port).ShouldBeFalse();
    }

    [Fact]
    public void A_second_port_with_the_same_eleven_characters_does_not_take_the_interface_over()
    {
        Guid twin = new("11111111-22ff-3333-4444-555555555555");
        _wiring.PortWanted(s_port, Device).ShouldBeEmpty();
        _wiring.PortWanted(twin, Device).ShouldBeEmpty();
        _wiring.InterfaceAppeared(Device, 7).ShouldBe([new WiringStep(WiringAction.Wire, s_port, Device, 7)]);
        _wiring.PortUnwanted(twin, Device).ShouldBeEmpty();
    }

    [Fact]
    public void A_wire_that_failed_is_tried_again_when_the_interface_is_heard_of_again()
    {
        _wiring.PortWanted(s_port, Device).ShouldBeEmpty();
        _wiring.InterfaceAppeared(Device, 7).ShouldHaveSingleItem();
        _wiring.Failed(Device);
        _wiring.InterfaceAppeared(Device, 7).ShouldHaveSingleItem();
    }
}
