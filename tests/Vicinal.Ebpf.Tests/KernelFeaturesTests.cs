using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf.Tests.Support;

namespace Vicinal.Ebpf.Tests;

[Collection(KernelCollection.Name)]
public sealed class KernelFeaturesTests
{
    [Fact]
    public void What_this_kernel_can_do_is_found_by_trying()
    {
        KernelFeatures features = KernelFeatures.Probe();
        features.SystemCall.Reason.ShouldBeNull();
        features.FileSystem.Reason.ShouldBeNull();
        features.ClsactFilters.Reason.ShouldBeNull();
        features.MappedArrays.Reason.ShouldBeNull();
        features.BatchOperations.Reason.ShouldBeNull();
        features.RedirectNeighbour.Reason.ShouldBeNull();
        features.TunnelEncapsulation.IsAvailable.ShouldBe(Kernel >= new Version(5, 13), features.TunnelEncapsulation.Reason);
        features.TcxLinks.IsAvailable.ShouldBe(Kernel >= new Version(6, 6), features.TcxLinks.Reason);
        features.VxlanDevice.IsAvailable.ShouldBe(CanMake("vxlan", "external", "dstport", "4789"), features.VxlanDevice.Reason);
        features.GeneveDevice.IsAvailable.ShouldBe(CanMake("geneve", "external"), features.GeneveDevice.Reason);
    }

    [Fact]
    public void A_no_has_a_reason_and_everything_names_its_kernel()
    {
        foreach (KernelFeature feature in KernelFeatures.Probe().All)
        {
            feature.Needs.ShouldMatch("^Linux [0-9]+[.][0-9]+$");
            feature.Name.ShouldNotBeEmpty();
            (feature.IsAvailable || feature.Reason!.Length > 10).ShouldBeTrue(feature.Name);
        }
    }

    [Fact]
    public void Trying_leaves_no_mount_and_no_device_where_others_see_it()
    {
        _ = KernelFeatures.Probe();

        // The file system is tried on top of /proc, the devices by the name "probe", the programs on a loopback.
        File.ReadLines("/proc/self/mountinfo").Where(line => line.Split(' ')[4] == "/proc" && line.Contains(" - bpf ", StringComparison.Ordinal)).ShouldBeEmpty();
        using Rtnetlink route = Rtnetlink.Open();
        route.FindLink("probe").ShouldBeNull();
        foreach (AttachmentMode mode in Enum.GetValues<AttachmentMode>())
        {
            new ProgramAttacher(mode, route, pinDirectory: null).Find(route.GetLink("lo").Index, TrafficDirection.Ingress).ShouldBeNull();
        }
    }

    private static Version Kernel => Environment.OSVersion.Version;

    private static bool CanMake(string kind, params string[] options)
    {
        NetworkNamespace ns = NetworkNamespace.Create(KernelFixture.Unique("probe"));
        try
        {
            _ = Tool.Run(ns, "ip", ["link", "add", "x0", "type", kind, .. options]);
            return true;
        }
        catch (ShouldAssertException)
        {
            return false;
        }
        finally
        {
            ns.Delete();
        }
    }
}
