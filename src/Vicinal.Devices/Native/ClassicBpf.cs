using System.Runtime.InteropServices;

namespace Vicinal.Devices.Native;

/// <summary>struct sock_filter: one instruction of classic BPF, which needs no privilege and no bpf(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ClassicInstruction(ushort Code, byte JumpTrue, byte JumpFalse, uint K);

/// <summary>The few classic BPF instructions that socket and tc filters here are made of (linux/bpf_common.h, linux/filter.h).</summary>
internal static unsafe class ClassicBpf
{
    /// <summary>BPF_MAXINSNS.</summary>
    public const int MaxInstructions = 4096;

    /// <summary>SKF_AD_OFF + SKF_AD_PKTTYPE and + SKF_AD_MARK: loads at these offsets read the packet's metadata.</summary>
    public const uint PacketTypeOffset = unchecked((uint)-0x1000) + 4;
    public const uint MarkOffset = unchecked((uint)-0x1000) + 20;

    /// <summary>SKF_NET_OFF: offsets from here on count from the network header.</summary>
    public const uint NetworkHeaderOffset = unchecked((uint)-0x10_0000);

    public static ClassicInstruction LoadWord(uint offset) => new(0x20, 0, 0, offset);

    public static ClassicInstruction LoadHalf(uint offset) => new(0x28, 0, 0, offset);

    public static ClassicInstruction LoadByte(uint offset) => new(0x30, 0, 0, offset);

    /// <summary>The length of the IPv4 header at the offset becomes the base of the indexed loads.</summary>
    public static ClassicInstruction IndexByHeaderLength(uint offset) => new(0xB1, 0, 0, offset);

    public static ClassicInstruction LoadIndexedHalf(uint offset) => new(0x48, 0, 0, offset);

    public static ClassicInstruction JumpIfEqual(uint value, byte then, byte otherwise) => new(0x15, then, otherwise, value);

    public static ClassicInstruction JumpIfGreaterOrEqual(uint value, byte then, byte otherwise) => new(0x35, then, otherwise, value);

    public static ClassicInstruction JumpIfSet(uint bits, byte then, byte otherwise) => new(0x45, then, otherwise, bits);

    public static ClassicInstruction Jump(uint distance) => new(0x05, 0, 0, distance);

    public static ClassicInstruction Return(uint value) => new(0x06, 0, 0, value);

    /// <summary>SO_ATTACH_FILTER: swaps the socket's filter in one step.</summary>
    public static void Attach(int socket, ReadOnlySpan<ClassicInstruction> program)
    {
        fixed (ClassicInstruction* first = program)
        {
            SocketFilterProgram filter = new() { Length = (ushort)program.Length, Filter = first };
            if (SocketCalls.SetOption(socket, SocketCalls.SOL_SOCKET, SocketCalls.SO_ATTACH_FILTER, &filter, (uint)sizeof(SocketFilterProgram)) != 0)
            {
                throw DeviceException.FromLastError("attach socket filter");
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct SocketFilterProgram
    {
        public ushort Length;
        public ClassicInstruction* Filter;
    }
}
