using Vicinal.Devices;
using Vicinal.Ebpf.Native;

namespace Vicinal.Ebpf;

/// <summary>What a test run gave.</summary>
/// <param name="ReturnValue">The program's: for tc a TC_ACT_* value, negative ones as their two's complement.</param>
/// <param name="OutputLength">The packet's length afterwards, of which the output holds as much as it has room for.</param>
/// <param name="NanosecondsPerRun">On average over the repetitions.</param>
public readonly record struct BpfRunResult(uint ReturnValue, int OutputLength, uint NanosecondsPerRun);

public sealed unsafe partial class BpfProgram
{
    /// <summary>
    /// BPF_PROG_TEST_RUN: runs on a packet that is no device's, from its Ethernet header on, as tc at ingress would. Map entries are read and written for
    /// real; redirects are only returned. With <paramref name="repeat"/> the packet goes through again and again, changed as the run before left it.
    /// </summary>
    /// <param name="output">Takes the packet; throws ENOSPC when it is too small, unless empty.</param>
    /// <param name="context">In and out, so it can go in again with a packet that is no longer.</param>
    public BpfRunResult Run(ReadOnlySpan<byte> input, Span<byte> output, ref SkbContext context, int repeat = 1)
    {
        SkbContext given = context;
        fixed (byte* inputBytes = input)
        fixed (byte* outputBytes = output)
        fixed (SkbContext* result = &context)
        {
            TestRunAttributes attributes = new()
            {
                Program = Handle,
                Input = inputBytes,
                InputSize = (uint)input.Length,
                Output = outputBytes,
                OutputSize = (uint)output.Length,
                Repeat = (uint)repeat,
                ContextInput = &given,
                ContextInputSize = (uint)sizeof(SkbContext),
                ContextOutput = result,
                ContextOutputSize = (uint)sizeof(SkbContext),
            };
            return BpfCalls.TryInvoke(BpfCommand.ProgramTestRun, ref attributes) >= 0
                ? new BpfRunResult(attributes.ReturnValue, (int)attributes.OutputSize, attributes.Duration)
                : throw DeviceException.FromLastError($"test run of {Name}");
        }
    }

    /// <summary>The same without a context.</summary>
    public BpfRunResult Run(ReadOnlySpan<byte> input, Span<byte> output, int repeat = 1)
    {
        SkbContext context = default;
        return Run(input, output, ref context, repeat);
    }
}
