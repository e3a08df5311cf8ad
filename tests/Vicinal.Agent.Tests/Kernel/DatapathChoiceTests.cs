using Vicinal.Agent.Kernel;
using Vicinal.Ebpf;

namespace Vicinal.Agent.Tests.Kernel;

public sealed class DatapathChoiceTests
{
    [Theory]
    [InlineData(AttachChoice.Auto, true, AttachmentMode.Tcx)]
    [InlineData(AttachChoice.Auto, false, AttachmentMode.Clsact)]
    [InlineData(AttachChoice.Clsact, true, AttachmentMode.Clsact)]
    [InlineData(AttachChoice.Tcx, true, AttachmentMode.Tcx)]
    public void Programs_are_attached_as_asked_or_by_the_newest_way_there_is(AttachChoice attach, bool tcx, AttachmentMode expected)
    {
        DatapathChoice choice = DatapathChoice.Of(DatapathKind.Auto, attach, Features(tcx ? "" : "tcx"));
        choice.Refusal.ShouldBeNull();
        choice.Attach.ShouldBe(expected);
    }

    [Theory]
    [InlineData("bpf")]
    [InlineData("mapped")]
    [InlineData("batch")]
    [InlineData("encapsulation")]
    [InlineData("neighbour")]
    [InlineData("tcx clsact")]
    public void What_is_missing_is_named_with_what_it_needs(string missing)
    {
        DatapathChoice choice = DatapathChoice.Of(DatapathKind.Ebpf, AttachChoice.Auto, Features(missing));
        choice.Attach.ShouldBeNull();
        choice.Refusal.ShouldNotBeNull().ShouldContain(missing.Split(' ')[^1]);
        choice.Refusal.ShouldContain("Linux 9.9");
        choice.Refusal.ShouldContain("no such thing");
    }

    [Theory]
    [InlineData("peer")]
    [InlineData("vxlan")]
    [InlineData("geneve")]
    [InlineData("bpffs")]
    [InlineData("tcx")]
    [InlineData("clsact")]
    public void What_only_makes_it_better_is_not_missed(string missing) =>
        DatapathChoice.Of(DatapathKind.Ebpf, AttachChoice.Auto, Features(missing)).Refusal.ShouldBeNull();

    [Theory]
    [InlineData(AttachChoice.Tcx, "tcx")]
    [InlineData(AttachChoice.Clsact, "clsact")]
    public void Asked_for_one_way_a_kernel_without_it_cannot_serve(AttachChoice attach, string missing) =>
        DatapathChoice.Of(DatapathKind.Auto, attach, Features(missing)).Refusal.ShouldNotBeNull().ShouldContain(missing);

    private static KernelFeatures Features(string missing)
    {
        KernelFeature Feature(string name) => new(name, "Linux 9.9", missing.Split(' ').Contains(name) ? "no such thing" : null);
        return new KernelFeatures
        {
            SystemCall = Feature("bpf"),
            TcxLinks = Feature("tcx"),
            ClsactFilters = Feature("clsact"),
            MappedArrays = Feature("mapped"),
            BatchOperations = Feature("batch"),
            TunnelEncapsulation = Feature("encapsulation"),
            RedirectNeighbour = Feature("neighbour"),
            RedirectPeer = Feature("peer"),
            VxlanDevice = Feature("vxlan"),
            GeneveDevice = Feature("geneve"),
            FileSystem = Feature("bpffs"),
        };
    }
}
