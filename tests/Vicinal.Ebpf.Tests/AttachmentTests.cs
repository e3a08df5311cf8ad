using System.Diagnostics;
using Vicinal.Devices;
using Vicinal.Ebpf.Tests.Support;
using static Vicinal.Ebpf.Tests.Support.Assembly;

namespace Vicinal.Ebpf.Tests;

/// <summary>Both ways to attach, on a real veth with real datagrams.</summary>
[Collection(KernelCollection.Name)]
public sealed class AttachmentTests : AttachmentTest
{
    public static TheoryData<AttachmentMode> Modes => [AttachmentMode.Tcx, AttachmentMode.Clsact];

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_program_sees_the_packets_of_its_direction(AttachmentMode mode)
    {
        using BpfProgram counting = Load(Count(Counters, 0, TC_ACT_OK));
        using BpfProgram countingOther = Load(Count(Counters, 1, TC_ACT_OK));
        ProgramAttacher attacher = Attacher(mode);
        using Attachment ingress = In(() => attacher.Attach(counting, Pair.LinkIndex, TrafficDirection.Ingress));
        using Attachment egress = In(() => attacher.Attach(countingOther, Pair.LinkIndex, TrafficDirection.Egress));
        ingress.ProgramId.ShouldBe(counting.Id);
        ingress.Mode.ShouldBe(mode);

        // Neighbour discovery comes first and now and then again, and is counted too.
        Pair.Exchange(Pair.Sender, Pair.Receiver, 1).ShouldBe(1);
        Pair.Exchange(Pair.Receiver, Pair.Sender, 1).ShouldBe(1);
        (long received, long sent) = (Counter(0), Counter(1));
        received.ShouldBeGreaterThan(0);
        Pair.Exchange(Pair.Receiver, Pair.Sender, Datagrams).ShouldBe(Datagrams);
        (Counter(0) - received).ShouldBeInRange(Datagrams, Datagrams + 10);
        (Counter(1) - sent).ShouldBeLessThan(10);
        ingress.Detach();
        egress.Detach();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_detached_program_sees_nothing_more_and_nothing_is_left(AttachmentMode mode)
    {
        Pair.Exchange(Pair.Receiver, Pair.Sender, 1).ShouldBe(1);
        using BpfProgram dropping = Load(Return(TC_ACT_SHOT));
        ProgramAttacher attacher = Attacher(mode);
        foreach (TrafficDirection direction in (TrafficDirection[])[TrafficDirection.Ingress, TrafficDirection.Egress])
        {
            using Attachment attachment = In(() => attacher.Attach(dropping, Pair.LinkIndex, direction));
        }

        Pair.Exchange(Pair.Receiver, Pair.Sender, 1, milliseconds: 200).ShouldBe(0);
        foreach (TrafficDirection direction in (TrafficDirection[])[TrafficDirection.Ingress, TrafficDirection.Egress])
        {
            using Attachment found = In(() => attacher.Find(Pair.LinkIndex, direction)).ShouldNotBeNull();
            found.Detach();
            In(() => attacher.Find(Pair.LinkIndex, direction)).ShouldBeNull();
        }

        Pair.Exchange(Pair.Receiver, Pair.Sender, Datagrams).ShouldBe(Datagrams);
        BpfFileSystem.List(Pins.Path).ShouldBeEmpty();
        HasClsact().ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Another_process_finds_the_attachment_and_swaps_its_program(AttachmentMode mode)
    {
        using BpfProgram before = Load(Count(Counters, 0, TC_ACT_OK));
        using BpfProgram after = Load(Count(Counters, 1, TC_ACT_OK));
        In(() => Attacher(mode).Attach(before, Pair.LinkIndex, TrafficDirection.Ingress)).Dispose();
        Pair.Exchange(Pair.Receiver, Pair.Sender, Datagrams).ShouldBe(Datagrams);
        Counter(0).ShouldBeGreaterThanOrEqualTo(Datagrams);

        // A new attacher knows nothing but the kernel and the pins.
        using Attachment adopted = In(() => Attacher(mode).Attach(after, Pair.LinkIndex, TrafficDirection.Ingress));
        adopted.ProgramId.ShouldBe(after.Id);
        long old = Counter(0);
        Pair.Exchange(Pair.Receiver, Pair.Sender, Datagrams).ShouldBe(Datagrams);
        Counter(0).ShouldBe(old);
        Counter(1).ShouldBeGreaterThanOrEqualTo(Datagrams);
        adopted.Detach();
        HasClsact().ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_swap_under_traffic_loses_no_packet_and_every_packet_is_seen_once(AttachmentMode mode)
    {
        using BpfProgram one = Load(Count(Counters, 0, TC_ACT_OK));
        using BpfProgram other = Load(Count(Counters, 1, TC_ACT_OK));
        using Attachment attachment = In(() => Attacher(mode).Attach(one, Pair.LinkIndex, TrafficDirection.Ingress));
        Pair.Exchange(Pair.Sender, Pair.Receiver, 1).ShouldBe(1);
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
            arrived += Pair.Exchange(Pair.Receiver, Pair.Sender, 100);
        }

        stop.Cancel();
        swapping.Join();
        arrived.ShouldBe(sent);
        Math.Min(Counter(0) - before, Counter(1)).ShouldBeGreaterThanOrEqualTo(200, $"{swaps} swaps, {sent} datagrams");
        (Counter(0) + Counter(1) - before).ShouldBeInRange(sent, sent + 20);
        attachment.Detach();
    }

    [Fact]
    public void Without_a_pin_a_tcx_link_ends_with_its_descriptor()
    {
        using BpfProgram dropping = Load(Return(TC_ACT_SHOT));
        Pair.Exchange(Pair.Receiver, Pair.Sender, 1).ShouldBe(1);
        ProgramAttacher attacher = new(AttachmentMode.Tcx, Pair.Route, pinDirectory: null);
        using (In(() => attacher.Attach(dropping, Pair.LinkIndex, TrafficDirection.Ingress)))
        {
            Pair.Exchange(Pair.Receiver, Pair.Sender, 1, milliseconds: 200).ShouldBe(0);
        }

        Pair.Exchange(Pair.Receiver, Pair.Sender, Datagrams).ShouldBe(Datagrams);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void An_attachment_whose_link_is_gone_is_found_no_more_and_detaches_quietly(AttachmentMode mode)
    {
        using BpfProgram program = Load(Return(TC_ACT_OK));
        ProgramAttacher attacher = Attacher(mode);
        using Attachment attachment = In(() => attacher.Attach(program, Pair.LinkIndex, TrafficDirection.Ingress));
        Pair.Route.DeleteLink("eth0");
        attachment.ProgramId.ShouldBe(0u);
        In(() => attacher.Find(Pair.LinkIndex, TrafficDirection.Ingress)).ShouldBeNull();
        BpfFileSystem.List(Pins.Path).ShouldBeEmpty();
        attachment.Detach();
        Should.Throw<DeviceException>(() => In(() => attacher.Attach(program, Pair.LinkIndex, TrafficDirection.Ingress)))
            .Message.ShouldContain($"link {Pair.LinkIndex}");
    }
}
