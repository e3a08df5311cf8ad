namespace Vicinal.Ebpf.Tests.Support;

/// <summary>The few instructions that the tests' own programs are made of (linux/bpf.h).</summary>
public static class Assembly
{
    public const int TC_ACT_OK = 0;
    public const int TC_ACT_SHOT = 2;
    public const int TCX_NEXT = -1;

    public static BpfInstruction Move(int register, int value) => new(0xB7, (byte)register, 0, value);

    public static BpfInstruction MoveRegister(int target, int source) => new(0xBF, Pair(target, source), 0, 0);

    public static BpfInstruction Add(int register, int value) => new(0x07, (byte)register, 0, value);

    /// <summary>*(u32 *)(target + offset) = value.</summary>
    public static BpfInstruction StoreWord(int target, short offset, int value) => new(0x62, (byte)target, offset, value);

    public static BpfInstruction StoreByte(int target, short offset, int value) => new(0x72, (byte)target, offset, value);

    public static BpfInstruction LoadWord(int target, int source, short offset) => new(0x61, Pair(target, source), offset, 0);

    /// <summary>lock *(u64 *)(target + offset) += source.</summary>
    public static BpfInstruction AtomicAdd(int target, short offset, int source) => new(0xDB, Pair(target, source), offset, 0);

    public static BpfInstruction Call(int helper) => new(BpfInstruction.Call, 0, 0, helper);

    public static BpfInstruction JumpIfZero(int register, short distance) => new(0x15, (byte)register, distance, 0);

    /// <summary>if target > source.</summary>
    public static BpfInstruction JumpIfGreater(int target, int source, short distance) => new(0x2D, Pair(target, source), distance, 0);

    public static BpfInstruction Exit { get; } = new(0x95, 0, 0, 0);

    public static BpfInstruction[] LoadMap(int register, BpfMap map) =>
        [new BpfInstruction(BpfInstruction.LoadWide, (byte)register, 0, 0).WithMap(map.Handle), default];

    public static BpfInstruction[] Return(int value) => [Move(0, value), Exit];

    /// <summary>Counts packets in entry <paramref name="index"/> of an array of 64-bit numbers, then returns.</summary>
    public static BpfInstruction[] Count(BpfMap counters, int index, int verdict) =>
    [
        StoreWord(10, -4, index),
        .. LoadMap(1, counters),
        MoveRegister(2, 10),
        Add(2, -4),
        Call(1),
        JumpIfZero(0, 2),
        Move(1, 1),
        AtomicAdd(0, 0, 1),
        .. Return(verdict),
    ];

    /// <summary>Writes a byte into the packet, and returns the mark.</summary>
    public static BpfInstruction[] WriteByte(short offset, byte value) =>
    [
        LoadWord(2, 1, 76),
        LoadWord(3, 1, 80),
        LoadWord(0, 1, 8),
        MoveRegister(4, 2),
        Add(4, offset + 1),
        JumpIfGreater(4, 3, 1),
        StoreByte(2, offset, value),
        Exit,
    ];

    public static BpfProgram Load(BpfInstruction[] instructions, string name = "test") =>
        BpfProgram.Load(name, BpfProgramType.SchedulerClassifier, instructions, "GPL");

    private static byte Pair(int target, int source) => (byte)(target | (source << 4));
}
