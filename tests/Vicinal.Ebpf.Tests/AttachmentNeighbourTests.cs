using Vicinal.Devices;
using Vicinal.Ebpf.Tests.Support;
using static Vicinal.Ebpf.Tests.Support.Assembly;

namespace Vicinal.Ebpf.Tests;

/// <summary>Programs, filters and namespaces of others beside ours.</summary>
[Collection(KernelCollection.Name)]
public sealed class AttachmentNeighbourTests : AttachmentTest
{
    [Fact]
    public void A_pinned_link_of_another_namespace_is_not_taken_for_this_ones()
    {
        using VethPair other = new();
        other.LinkIndex.ShouldBe(Pair.LinkIndex);
        using BpfProgram program = Load(Return(TC_ACT_OK));
        ProgramAttacher elsewhere = new(AttachmentMode.Tcx, other.Route, Pins.Path);
        using Attachment there = other.Near.Run(() => elsewhere.Attach(program, other.LinkIndex, TrafficDirection.Ingress));
        In(() => Attacher(AttachmentMode.Tcx).Find(Pair.LinkIndex, TrafficDirection.Ingress)).ShouldBeNull();
        BpfFileSystem.List(Pins.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Other_peoples_tcx_programs_go_on()
    {
        using BpfProgram theirs = Load(Count(Counters, 2, TCX_NEXT));
        using BpfProgram ours = Load(Count(Counters, 0, TC_ACT_OK));
        ProgramAttacher others = new(AttachmentMode.Tcx, Pair.Route, pinDirectory: null);
        using Attachment their = In(() => others.Attach(theirs, Pair.LinkIndex, TrafficDirection.Ingress));
        using Attachment our = In(() => Attacher(AttachmentMode.Tcx).Attach(ours, Pair.LinkIndex, TrafficDirection.Ingress));
        Pair.Exchange(Pair.Receiver, Pair.Sender, Datagrams).ShouldBe(Datagrams);
        Counter(0).ShouldBeGreaterThanOrEqualTo(Datagrams);
        Counter(2).ShouldBeGreaterThanOrEqualTo(Counter(0));
        our.Detach();
        long before = Counter(2);
        Pair.Exchange(Pair.Receiver, Pair.Sender, Datagrams).ShouldBe(Datagrams);
        Counter(2).ShouldBeGreaterThanOrEqualTo(before + Datagrams);
        their.ProgramId.ShouldBe(theirs.Id);
    }

    [Fact]
    public void Other_peoples_filters_and_their_clsact_stay()
    {
        _ = Tool.Run(Pair.Near, "tc", "qdisc", "add", "dev", "eth0", "clsact");
        _ = Tool.Run(Pair.Near, "tc", "filter", "add", "dev", "eth0", "ingress", "prio", "7", "bpf", "bytecode", "1,6 0 0 0");
        string before = Filters();
        using BpfProgram program = Load(Return(TC_ACT_OK));
        using Attachment attachment = In(() => Attacher(AttachmentMode.Clsact).Attach(program, Pair.LinkIndex, TrafficDirection.Ingress));
        Filters().ShouldContain("vicinal");
        attachment.Detach();
        Filters().ShouldBe(before);

        // Theirs, though nothing is on it any more.
        _ = Tool.Run(Pair.Near, "tc", "filter", "del", "dev", "eth0", "ingress");
        using Attachment again = In(() => Attacher(AttachmentMode.Clsact).Attach(program, Pair.LinkIndex, TrafficDirection.Egress));
        again.Detach();
        HasClsact().ShouldBeTrue();
    }

    [Fact]
    public void A_clsact_of_ours_stays_while_others_use_it()
    {
        using BpfProgram program = Load(Return(TC_ACT_OK));
        using Attachment attachment = In(() => Attacher(AttachmentMode.Clsact).Attach(program, Pair.LinkIndex, TrafficDirection.Ingress));
        _ = Tool.Run(Pair.Near, "tc", "filter", "add", "dev", "eth0", "egress", "bpf", "bytecode", "1,6 0 0 0");
        attachment.Detach();
        HasClsact().ShouldBeTrue();
    }

    [Fact]
    public void An_ingress_qdisc_in_clsacts_place_is_named()
    {
        _ = Tool.Run(Pair.Near, "tc", "qdisc", "add", "dev", "eth0", "ingress");
        using BpfProgram program = Load(Return(TC_ACT_OK));
        Should.Throw<DeviceException>(() => In(() => Attacher(AttachmentMode.Clsact).Attach(program, Pair.LinkIndex, TrafficDirection.Ingress)))
            .Message.ShouldContain("kind ingress");
    }
}
