using System.Text;
using Vicinal.Devices;
using Vicinal.Devices.Native;
using Vicinal.Ebpf.Native;

namespace Vicinal.Ebpf;

/// <summary>enum bpf_prog_type, as far as it is used here.</summary>
public enum BpfProgramType : uint
{
    /// <summary>BPF_PROG_TYPE_SCHED_CLS: tc's, also on tcx.</summary>
    SchedulerClassifier = 3,
}

/// <summary>
/// A program that the kernel has verified. Disposing closes the descriptor: an attachment or a pin keeps the program itself. Any thread.
/// </summary>
public sealed unsafe partial class BpfProgram : IDisposable
{
    private readonly Descriptor _descriptor;

    private BpfProgram(Descriptor descriptor)
    {
        _descriptor = descriptor;
        ProgramInfo info = BpfCalls.InfoOf<ProgramInfo>(descriptor.Value, "ask about a program");
        Id = info.Id;
        Name = BpfCalls.ReadName(info.Name);
    }

    /// <summary>As the kernel keeps it: at most 15 characters.</summary>
    public string Name { get; }

    /// <summary>The descriptor's number, -1 once disposed; it stays this object's.</summary>
    public int Handle => _descriptor.Value;

    /// <summary>The kernel's number for the program, which bpftool shows.</summary>
    public uint Id { get; }

    /// <summary>Loads and verifies; on a refusal throws <see cref="BpfVerifierException"/> with the verifier's reasons, or what keeps it from being asked.</summary>
    /// <param name="license">"GPL" where helpers are called that want it.</param>
    /// <param name="expectedAttach">BPF_* of enum bpf_attach_type, for types that need it at load.</param>
    public static BpfProgram Load(
        string name, BpfProgramType type, ReadOnlySpan<BpfInstruction> instructions, string license, uint expectedAttach = 0)
    {
        MemoryCalls.RaiseLimit();
        Span<byte> words = stackalloc byte[128];
        words.Clear();
        _ = Encoding.ASCII.GetBytes(license.AsSpan(0, Math.Min(license.Length, words.Length - 1)), words);
        fixed (BpfInstruction* first = instructions)
        fixed (byte* licenseBytes = words)
        {
            ProgramLoadAttributes attributes = new()
            {
                Type = (uint)type,
                Instructions = first,
                InstructionCount = (uint)instructions.Length,
                License = licenseBytes,
                ExpectedAttachType = expectedAttach,
            };
            BpfCalls.WriteName(name, attributes.Name);
            int fd = BpfCalls.TryInvoke(BpfCommand.ProgramLoad, ref attributes);
            return fd >= 0 ? Own(new Descriptor(fd)) : throw ReasonOf(name, attributes, Errno.Last);
        }
    }

    public static BpfProgram OpenPinned(string path) => TryOpenPinned(path) ?? throw new DeviceException($"open pin {path}", Errno.ENOENT);

    /// <summary>The program pinned at a path, or null.</summary>
    public static BpfProgram? TryOpenPinned(string path) => BpfCalls.TryOpenPinned(path) is { } descriptor ? Own(descriptor) : null;

    /// <summary>The program of that number, or null when it is gone.</summary>
    public static BpfProgram? TryOpen(uint id)
    {
        IdAttributes attributes = new() { Id = id };
        int fd = BpfCalls.TryInvoke(BpfCommand.ProgramFromId, ref attributes);
        return fd >= 0 ? Own(new Descriptor(fd)) : Errno.Last == Errno.ENOENT ? null : throw DeviceException.FromLastError($"open program {id}");
    }

    public void Pin(string path) => BpfCalls.Pin(Handle, path);

    public void Dispose() => _descriptor.Dispose();

    private static BpfProgram Own(Descriptor descriptor)
    {
        try
        {
            return new BpfProgram(descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }
}
