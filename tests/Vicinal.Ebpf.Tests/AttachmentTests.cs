using System.Diagnostics;
using Vicinal.Devices;
using Vicinal.Ebpf.Tests.Support;
using static Vicinal.Ebpf.Tests.Support.Assembly;

namespace Vicinal.Ebpf.Tests;

/// <summary>Both ways to attach, on a real veth with real datagrams.</summary>
[Collection(KernelCollection.Name)]
public sealed class AttachmentTests : IDisposable
{
    private const int Datagrams = 20;

    private readonly VethPair _pair = new();
    private readonly PinDirectory _pins = new();
    private readonly BpfMap _counters = BpfMap.Create(new BpfMapDefinition("counters", BpfMapType.Array, 4, 8, 4));

    public static TheoryData<AttachmentMode> Modes => [AttachmentMode.Tcx, AttachmentMode.Clsact];

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_program_sees_the_packets_of_its_direction(AttachmentMode mode)
    {
        using BpfProgram counting = Load(Count(_counters, 0, TC_ACT_OK));
        using BpfProgram countingOther = Load(Count(_counters, 1, TC_ACT_OK));
        ProgramAttacher attacher = Attacher(mode);
        using Attachment ingress = In(() => attacher.Attach(counting, _pair.LinkIndex, TrafficDirection.Ingress));
        using Attachment egress = In(() => attacher.Attach(countingOther, _pair.LinkIndex, TrafficDirection.Egress));
        ingress.ProgramId.ShouldBe(counting.Id);
        ingress.Mode.ShouldBe(mode);

        // Neighbour discovery comes first, and is counted too.
        _pair.Exchange(_pair.Sender, _pair.Receiver, 1).ShouldBe(1);
        _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(1);
        (long received, long sent) = (Counter(0), Counter(1));
        received.ShouldBeGreaterThan(0);
        _pair.Exchange(_pair.Receiver, _pair.Sender, Datagrams).ShouldBe(Datagrams);
        (Counter(0) - received).ShouldBeInRange(Datagrams, Datagrams + 2);
        (Counter(1) - sent).ShouldBeLessThan(3);
        ingress.Detach();
        egress.Detach();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_detached_program_sees_nothing_more_and_nothing_is_left(AttachmentMode mode)
    {
        _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(1);
        using BpfProgram dropping = Load(Return(TC_ACT_SHOT));
        ProgramAttacher attacher = Attacher(mode);
        foreach (TrafficDirection direction in (TrafficDirection[])[TrafficDirection.Ingress, TrafficDirection.Egress])
        {
            using Attachment attachment = In(() => attacher.Attach(dropping, _pair.LinkIndex, direction));
        }

        _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(0);
        foreach (TrafficDirection direction in (TrafficDirection[])[TrafficDirection.Ingress, TrafficDirection.Egress])
        {
            using Attachment found = In(() => attacher.Find(_pair.LinkIndex, direction)).ShouldNotBeNull();
            found.Detach();
            In(() => attacher.Find(_pair.LinkIndex, direction)).ShouldBeNull();
        }

        _pair.Exchange(_pair.Receiver, _pair.Sender, Datagrams).ShouldBe(Datagrams);
        BpfFileSystem.List(_pins.Path).ShouldBeEmpty();
        HasClsact().ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Another_process_finds_the_attachment_and_swaps_its_program(AttachmentMode mode)
    {
        using BpfProgram before = Load(Count(_counters, 0, TC_ACT_OK));
        using BpfProgram after = Load(Count(_counters, 1, TC_ACT_OK));
        In(() => Attacher(mode).Attach(before, _pair.LinkIndex, TrafficDirection.Ingress)).Dispose();
        _pair.Exchange(_pair.Receiver, _pair.Sender, Datagrams).ShouldBe(Datagrams);
        Counter(0).ShouldBeGreaterThanOrEqualTo(Datagrams);

        // A new attacher knows nothing but the kernel and the pins.
        using Attachment adopted = In(() => Attacher(mode).Attach(after, _pair.LinkIndex, TrafficDirection.Ingress));
        adopted.ProgramId.ShouldBe(after.Id);
        long old = Counter(0);
        _pair.Exchange(_pair.Receiver, _pair.Sender, Datagrams).ShouldBe(Datagrams);
        Counter(0).ShouldBe(old);
        Counter(1).ShouldBeGreaterThanOrEqualTo(Datagrams);
        adopted.Detach();
        HasClsact().ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_swap_under_traffic_loses_no_packet_and_every_packet_is_seen_once(AttachmentMode mode)
    {
        using BpfProgram one = Load(Count(_counters, 0, TC_ACT_OK));
        using BpfProgram other = Load(Count(_counters, 1, TC_ACT_OK));
        using Attachment attachment = In(() => Attacher(mode).Attach(one, _pair.LinkIndex, TrafficDirection.Ingress));
        _pair.Exchange(_pair.Sender, _pair.Receiver, 1).ShouldBe(1);
        long before = Counter(0);

        using CancellationTokenSource stop = new();
        int swaps = 0;
        Thread swapping = new(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                attachment.Replace(++swaps % 2 == 0 ? one : other);
            }
        });
        swapping.Start();

        // Until both have seen a good part of it: on a busy machine the swapping thread comes late.
        int sent = 0;
        int arrived = 0;
        long start = Stopwatch.GetTimestamp();
        while ((sent < 2000 || Math.Min(Counter(0) - before, Counter(1)) < 200) && Stopwatch.GetElapsedTime(start).TotalSeconds < 20)
        {
            sent += 100;
            arrived += _pair.Exchange(_pair.Receiver, _pair.Sender, 100);
        }

        stop.Cancel();
        swapping.Join();
        arrived.ShouldBe(sent);
        Math.Min(Counter(0) - before, Counter(1)).ShouldBeGreaterThanOrEqualTo(200, $"{swaps} swaps, {sent} datagrams");
        (Counter(0) + Counter(1) - before).ShouldBeInRange(sent, sent + 5);
        attachment.Detach();
    }

    [Fact]
    public void Without_a_pin_a_tcx_link_ends_with_its_descriptor()
    {
        using BpfProgram dropping = Load(Return(TC_ACT_SHOT));
        _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(1);
        ProgramAttacher attacher = new(AttachmentMode.Tcx, _pair.Route, pinDirectory: null);
        using (In(() => attacher.Attach(dropping, _pair.LinkIndex, TrafficDirection.Ingress)))
        {
            _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(0);
        }

        _pair.Exchange(_pair.Receiver, _pair.Sender, Datagrams).ShouldBe(Datagrams);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void An_attachment_whose_link_is_gone_is_found_no_more_and_detaches_quietly(AttachmentMode mode)
    {
        using BpfProgram program = Load(Return(TC_ACT_OK));
        ProgramAttacher attacher = Attacher(mode);
        using Attachment attachment = In(() => attacher.Attach(program, _pair.LinkIndex, TrafficDirection.Ingress));
        _pair.Route.DeleteLink("eth0");
        attachment.ProgramId.ShouldBe(0u);
        In(() => attacher.Find(_pair.LinkIndex, TrafficDirection.Ingress)).ShouldBeNull();
        BpfFileSystem.List(_pins.Path).ShouldBeEmpty();
        attachment.Detach();
        Should.Throw<DeviceException>(() => In(() => attacher.Attach(program, _pair.LinkIndex, TrafficDirection.Ingress)))
            .Message.ShouldContain($"link {_pair.LinkIndex}");
    }

    [Fact]
    public void Other_peoples_tcx_programs_go_on()
    {
        using BpfProgram theirs = Load(Count(_counters, 2, TCX_NEXT));
        using BpfProgram ours = Load(Count(_counters, 0, TC_ACT_OK));
        ProgramAttacher others = new(AttachmentMode.Tcx, _pair.Route, pinDirectory: null);
        using Attachment their = In(() => others.Attach(theirs, _pair.LinkIndex, TrafficDirection.Ingress));
        using Attachment our = In(() => Attacher(AttachmentMode.Tcx).Attach(ours, _pair.LinkIndex, TrafficDirection.Ingress));
        _pair.Exchange(_pair.Receiver, _pair.Sender, Datagrams).ShouldBe(Datagrams);
        Counter(2).ShouldBe(Counter(0));
        our.Detach();
        long before = Counter(2);
        _pair.Exchange(_pair.Receiver, _pair.Sender, Datagrams).ShouldBe(Datagrams);
        Counter(2).ShouldBeGreaterThanOrEqualTo(before + Datagrams);
        their.ProgramId.ShouldBe(theirs.Id);
    }

    [Fact]
    public void Other_peoples_filters_and_their_clsact_stay()
    {
        _ = Tool.Run(_pair.Near, "tc", "qdisc", "add", "dev", "eth0", "clsact");
        _ = Tool.Run(_pair.Near, "tc", "filter", "add", "dev", "eth0", "ingress", "prio", "7", "bpf", "bytecode", "1,6 0 0 0");
        string before = Filters();
        using BpfProgram program = Load(Return(TC_ACT_OK));
        using Attachment attachment = In(() => Attacher(AttachmentMode.Clsact).Attach(program, _pair.LinkIndex, TrafficDirection.Ingress));
        Filters().ShouldContain("vicinal");
        attachment.Detach();
        Filters().ShouldBe(before);

        // Theirs, though nothing is on it any more.
        _ = Tool.Run(_pair.Near, "tc", "filter", "del", "dev", "eth0", "ingress");
        using Attachment again = In(() => Attacher(AttachmentMode.Clsact).Attach(program, _pair.LinkIndex, TrafficDirection.Egress));
        again.Detach();
        HasClsact().ShouldBeTrue();
    }

    [Fact]
    public void A_clsact_of_ours_stays_while_others_use_it()
    {
        using BpfProgram program = Load(Return(TC_ACT_OK));
        using Attachment attachment = In(() => Attacher(AttachmentMode.Clsact).Attach(program, _pair.LinkIndex, TrafficDirection.Ingress));
        _ = Tool.Run(_pair.Near, "tc", "filter", "add", "dev", "eth0", "egress", "bpf", "bytecode", "1,6 0 0 0");
        attachment.Detach();
        HasClsact().ShouldBeTrue();
    }

    [Fact]
    public void An_ingress_qdisc_in_clsacts_place_is_named()
    {
        _ = Tool.Run(_pair.Near, "tc", "qdisc", "add", "dev", "eth0", "ingress");
        using BpfProgram program = Load(Return(TC_ACT_OK));
        Should.Throw<DeviceException>(() => In(() => Attacher(AttachmentMode.Clsact).Attach(program, _pair.LinkIndex, TrafficDirection.Ingress)))
            .Message.ShouldContain("kind ingress");
    }

    public void Dispose()
    {
        _counters.Dispose();
        _pins.Dispose();
        _pair.Dispose();
    }

    private ProgramAttacher Attacher(AttachmentMode mode) => new(mode, _pair.Route, _pins.Path);

    private T In<T>(Func<T> work) => _pair.Near.Run(work);

    private long Counter(int index)
    {
        byte[] value = new byte[8];
        _counters.TryLookup(BitConverter.GetBytes(index), value).ShouldBeTrue();
        return BitConverter.ToInt64(value);
    }

    private string Filters() => Tool.Run(_pair.Near, "tc", "filter", "show", "dev", "eth0", "ingress");

    /// <summary>Asked of tc itself, which shares no code with what is tested.</summary>
    private bool HasClsact() => Tool.Run(_pair.Near, "tc", "qdisc", "show", "dev", "eth0").Contains("clsact", StringComparison.Ordinal);
}
