using Vicinal.Devices;
using Vicinal.Ebpf.Tests.Support;
using static Vicinal.Ebpf.Tests.Support.Assembly;

namespace Vicinal.Ebpf.Tests;

[Collection(KernelCollection.Name)]
public sealed class BpfProgramTests
{
    [Fact]
    public void A_test_run_changes_the_packet_and_tells_verdict_and_time()
    {
        using BpfProgram program = Load(WriteByte(20, 0xAB));
        byte[] input = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];
        byte[] output = new byte[128];
        SkbContext context = new() { Mark = 9, Priority = 3 };
        BpfRunResult result = program.Run(input, output, ref context, repeat: 10);

        result.ReturnValue.ShouldBe(9u);
        result.OutputLength.ShouldBe(60);
        output[20].ShouldBe((byte)0xAB);
        output[21].ShouldBe((byte)21);
        context.Priority.ShouldBe(3u);
        context.WireLength.ShouldBe(60u);
    }

    [Fact]
    public void What_a_run_gave_can_go_in_again()
    {
        using BpfProgram program = Load(WriteByte(20, 1));
        SkbContext context = new() { Mark = 5 };
        byte[] packet = new byte[64];
        program.Run(packet, packet, ref context).ReturnValue.ShouldBe(5u);
        program.Run(packet, packet, ref context).ReturnValue.ShouldBe(5u);
    }

    [Fact]
    public void A_refused_program_carries_the_verifiers_words()
    {
        // Reads the packet without a look at its end.
        BpfVerifierException refusal = Should.Throw<BpfVerifierException>(
            () => Load([LoadWord(2, 1, 76), LoadWord(0, 2, 0), Exit], "greedy"));
        refusal.Message.ShouldContain("greedy");
        refusal.Message.ShouldContain("invalid access to packet");
        refusal.Log.ShouldContain("invalid access to packet");
    }

    [Fact]
    public void A_program_without_licence_may_not_call_what_wants_one()
    {
        // bpf_ktime_get_boot_ns and friends are free; bpf_trace_printk is not.
        BpfInstruction[] print = [StoreWord(10, -4, 0), MoveRegister(1, 10), Add(1, -4), Move(2, 4), Call(6), .. Return(0)];
        using BpfProgram program = Load(print);
        Should.Throw<BpfVerifierException>(() => BpfProgram.Load("free", BpfProgramType.SchedulerClassifier, print, "MIT"))
            .Log.ShouldContain("GPL");
    }

    [Fact]
    public void A_pinned_program_is_found_again_by_path_and_by_number()
    {
        using PinDirectory pins = new();
        uint id;
        using (BpfProgram program = Load(Return(7), "keeper"))
        {
            program.Pin(pins["keeper"]);
            id = program.Id;
        }

        using BpfProgram again = BpfProgram.OpenPinned(pins["keeper"]);
        again.Id.ShouldBe(id);
        again.Name.ShouldBe("keeper");
        using BpfProgram? byNumber = BpfProgram.TryOpen(id);
        byNumber!.Run(new byte[64], new byte[64]).ReturnValue.ShouldBe(7u);
        BpfProgram.TryOpenPinned(pins["none"]).ShouldBeNull();
        Should.Throw<DeviceException>(() => BpfProgram.OpenPinned(pins["none"])).IsMissing.ShouldBeTrue();
    }
}
