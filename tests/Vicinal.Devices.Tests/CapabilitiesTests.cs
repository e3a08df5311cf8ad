namespace Vicinal.Devices.Tests;

public sealed class CapabilitiesTests
{
    [Fact]
    public void What_is_missing_is_said_with_what_to_do()
    {
        new Capabilities().MissingForAgent().ShouldAllBe(s => s.Contains("unshare -Urnm", StringComparison.Ordinal));
        new Capabilities { CanAdministerNetwork = true, CanOpenPacketSockets = true }.MissingForAgent().ShouldHaveSingleItem().ShouldContain("PACKET_VNET_HDR");
        new Capabilities { CanAdministerNetwork = true, CanOpenPacketSockets = true, HasPacketOffloads = true }.MissingForAgent().ShouldBeEmpty();
    }

    [Fact]
    public void This_machine_s_rights_are_found()
    {
        Capabilities here = Capabilities.Detect();
        here.HasUdpSegmentation.ShouldBeTrue();
        here.HasUdpReceiveOffload.ShouldBeTrue();
        if (Environment.UserName == "root")
        {
            here.CanAdministerNetwork.ShouldBeTrue();
            here.HasPacketOffloads.ShouldBeTrue();
        }
    }
}
