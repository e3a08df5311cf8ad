using System.Runtime.InteropServices;

namespace Vicinal.Ebpf;

/// <summary>struct bpf_insn: eight bytes. <paramref name="Registers"/> holds the destination in its low and the source in its high four bits.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct BpfInstruction(byte Code, byte Registers, short Offset, int Immediate)
{
    public const int Size = 8;

    /// <summary>BPF_LD | BPF_IMM | BPF_DW: a constant of 64 bits, its upper half in the instruction that follows.</summary>
    public const byte LoadWide = 0x18;

    /// <summary>BPF_JMP | BPF_CALL.</summary>
    public const byte Call = 0x85;

    /// <summary>BPF_PSEUDO_MAP_FD: the constant is a map's descriptor, which the kernel turns into the map.</summary>
    public const byte MapSource = 1;

    /// <summary>BPF_PSEUDO_CALL: a call of another function of the same object.</summary>
    public const byte FunctionSource = 1;

    public int Destination => Registers & 0xF;

    public int Source => Registers >> 4;

    /// <summary>The first half of a wide load that gives the program a map.</summary>
    public BpfInstruction WithMap(int descriptor) => this with { Registers = (byte)((Registers & 0xF) | (MapSource << 4)), Immediate = descriptor };
}
