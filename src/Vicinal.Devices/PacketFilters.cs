using Vicinal.Devices.Native;
using Vicinal.Packets;
using static Vicinal.Devices.Native.ClassicBpf;

namespace Vicinal.Devices;

/// <summary>The socket filters of packet sockets, in classic BPF. Pure.</summary>
internal static class PacketFilters
{
    /// <summary>Beyond this many addresses a program would be longer than the kernel takes, and the filter lets all unicast through.</summary>
    public const int MaxMacs = 512;

    private const uint Everything = uint.MaxValue;

    /// <summary>Stands for the end of the program until its length is known.</summary>
    private const byte Reject = byte.MaxValue;

    public static ClassicInstruction[] WithoutMark(uint mark) =>
    [
        LoadWord(MarkOffset),
        JumpIfEqual(mark, 0, 1),
        Return(0),
        Return(Everything),
    ];

    /// <summary>Hears nothing: the interface is read elsewhere, and the socket is for sending.</summary>
    public static ClassicInstruction[] Nothing => [Return(0)];

    /// <summary>
    /// What the kernel programs on a NIC leave to be heard here: frames to groups, ARP, and neighbour discovery (ICMPv6 133 to 137, RFC 4861 section 4).
    /// The kernel has taken a VLAN tag out before the filter reads the frame. Frames with the mark are not heard at all; 0 is none.
    /// </summary>
    public static ClassicInstruction[] GroupsAndNeighborTalk(uint ignoredMark)
    {
        const uint EtherTypeOffset = 12;
        const uint NextHeaderOffset = 14 + 6;
        const uint IcmpTypeOffset = 14 + 40;
        ClassicInstruction[] unmarked = ignoredMark == 0 ? [] : [LoadWord(MarkOffset), JumpIfEqual(ignoredMark, 0, 1), Return(0)];
        return
        [
            .. unmarked,
            LoadByte(0),
            JumpIfSet(1, 9, 0),
            LoadHalf(EtherTypeOffset),
            JumpIfEqual(EtherType.Arp, 7, 0),
            JumpIfEqual(EtherType.Ipv6, 0, 5),
            LoadByte(NextHeaderOffset),
            JumpIfEqual(IpProtocol.Icmpv6, 0, 3),
            LoadByte(IcmpTypeOffset),
            JumpIfGreaterOrEqual(133, 0, 1),
            JumpIfGreaterOrEqual(138, 0, 1),
            Return(0),
            Return(Everything),
        ];
    }

    /// <summary>
    /// GRE with a key that carries Ethernet and is addressed to <paramref name="local"/>. The host's own GRE of other kinds stays its own, and so do packets to
    /// other machines that the NIC hears while it is promiscuous.
    /// </summary>
    public static ClassicInstruction[] GreTo(IpAddress local)
    {
        const uint KeyPresent = 0x2000;
        const uint Ip = NetworkHeaderOffset;
        return WhereAll(local.IsIpv4
            ?
            [
                LoadByte(PacketTypeOffset), JumpIfEqual(PacketSocketCalls.PACKET_HOST, 0, Reject),
                LoadByte(Ip + 9), JumpIfEqual(IpProtocol.Gre, 0, Reject),
                LoadWord(Ip + 16), JumpIfEqual(local.Ipv4Value, 0, Reject),
                IndexByHeaderLength(Ip),
                LoadIndexedHalf(Ip), JumpIfSet(KeyPresent, 0, Reject),
                LoadIndexedHalf(Ip + 2), JumpIfEqual(EtherType.TransparentBridging, 0, Reject),
            ]
            :
            [
                LoadByte(PacketTypeOffset), JumpIfEqual(PacketSocketCalls.PACKET_HOST, 0, Reject),
                LoadByte(Ip + 6), JumpIfEqual(IpProtocol.Gre, 0, Reject),
                LoadWord(Ip + 24), JumpIfEqual((uint)(local.High >> 32), 0, Reject),
                LoadWord(Ip + 28), JumpIfEqual((uint)local.High, 0, Reject),
                LoadWord(Ip + 32), JumpIfEqual((uint)(local.Low >> 32), 0, Reject),
                LoadWord(Ip + 36), JumpIfEqual((uint)local.Low, 0, Reject),
                LoadHalf(Ip + 40), JumpIfSet(KeyPresent, 0, Reject),
                LoadHalf(Ip + 42), JumpIfEqual(EtherType.TransparentBridging, 0, Reject),
            ]);
    }

    /// <summary>
    /// What the host itself sends on an interface to one of <paramref name="macs"/>, or to a group: outgoing frames without our own mark. Addresses
    /// are found by halving over their low 32 bits, since every frame that the host sends passes here.
    /// </summary>
    public static ClassicInstruction[] SentByHostTo(IEnumerable<MacAddress> macs, uint ownMark)
    {
        MacAddress[] sorted = [.. macs.Distinct().OrderBy(m => (uint)m.Value).ThenBy(m => m.Value)];
        List<ClassicInstruction> program =
        [
            LoadByte(PacketTypeOffset),
            JumpIfEqual(PacketSocketCalls.PACKET_OUTGOING, 1, 0),
            Return(0),
            LoadWord(MarkOffset),
            JumpIfEqual(ownMark, 0, 1),
            Return(0),
            LoadByte(0),
            JumpIfSet(1, 0, 1),
            Return(Everything),
        ];
        if (sorted.Length > MaxMacs)
        {
            program.Add(Return(Everything));
            return [.. program];
        }

        program.Add(LoadWord(2));
        program.AddRange(Search(sorted));
        return [.. program];
    }

    /// <summary>Everything that no jump to <see cref="Reject"/> turns away.</summary>
    private static ClassicInstruction[] WhereAll(ReadOnlySpan<ClassicInstruction> conditions)
    {
        ClassicInstruction[] program = [.. conditions, Return(Everything), Return(0)];
        for (int i = 0; i < conditions.Length; i++)
        {
            if (program[i].JumpFalse == Reject)
            {
                program[i] = program[i] with { JumpFalse = (byte)(program.Length - 2 - i) };
            }
        }

        return program;
    }

    /// <summary>The accumulator holds octets 2 to 5 of the destination.</summary>
    private static List<ClassicInstruction> Search(ReadOnlySpan<MacAddress> macs)
    {
        if (macs.Length <= 4)
        {
            return Compare(macs);
        }

        // Addresses that share their low 32 bits must stay on one side.
        int middle = macs.Length / 2;
        while (middle < macs.Length && (uint)macs[middle].Value == (uint)macs[middle - 1].Value)
        {
            middle++;
        }

        if (middle == macs.Length)
        {
            return Compare(macs);
        }

        List<ClassicInstruction> low = Search(macs[..middle]);
        List<ClassicInstruction> high = Search(macs[middle..]);

        // Conditional jumps reach 255 instructions, plain ones as far as needed.
        return [JumpIfGreaterOrEqual((uint)macs[middle].Value, 0, 1), Jump((uint)low.Count), .. low, .. high];
    }

    private static List<ClassicInstruction> Compare(ReadOnlySpan<MacAddress> macs)
    {
        List<ClassicInstruction> program = [];
        foreach (MacAddress mac in macs)
        {
            program.Add(JumpIfEqual((uint)mac.Value, 0, 4));
            program.Add(LoadHalf(0));
            program.Add(JumpIfEqual((uint)(mac.Value >> 32), 0, 1));
            program.Add(Return(Everything));
            program.Add(LoadWord(2));
        }

        program.Add(Return(0));
        return program;
    }
}
